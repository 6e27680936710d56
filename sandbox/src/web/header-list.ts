// The headers of a request or a response as a list, of which several may have one name.

export interface Header {
  /** In lower case. */
  readonly name: string
  value: string
}

export const header = (name: string, value: string): Header => ({ __proto__: null, name, value }) as Header

/** The value of all headers of a name. */
export function combine(list: readonly Header[], name: string): string | null {
  let text: string | null = null
  for (let index = 0; index < list.length; index++) {
    const one = list[index] as Header
    if (one.name === name) text = text === null ? one.value : `${text}, ${one.value}`
  }
  return text
}
