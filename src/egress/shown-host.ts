// The host of a URL, as messages show it.

const HOST_CHARACTERS = 260

/** No name is longer; a text that is longer is none. */
export function shownHost({ host }: URL): string {
  return host.length > HOST_CHARACTERS ? `${host.slice(0, HOST_CHARACTERS)}…` : host
}
