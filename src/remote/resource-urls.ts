// What the operator says about where resources are.

/** `name=URL`, divided by commas; null when that is not what it is. */
export function parseResourceUrls(text: string): ReadonlyMap<string, string> | null {
  if (text === '') return new Map()
  const pairs = text.split(',').map((one): readonly [string, string] | null => {
    const { name = '', href = '' } = /^\s*(?<name>[^\s=]+)=(?<href>https?:\/\/\S+)\s*$/u.exec(one)?.groups ?? {}
    const url = URL.parse(href)
    const isPlain = url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === ''
    return isPlain ? [name, url.href] : null
  })
  const sound = pairs.filter((pair) => pair !== null)
  return sound.length === pairs.length ? new Map(sound) : null
}
