// Code that is there and hardly used, as most of a bundle is: compiled lazily by engines that do so, but read by all.

const cache = new Map<number, string>()

/** About so many bytes of classes, the same each time. */
export function fillerCode(bytes: number): string {
  const cached = cache.get(bytes)
  if (cached !== undefined) return cached
  const parts: string[] = ['const steps = []\n']
  let length = 0
  for (let at = 0; length < bytes; at++) {
    const part = `class Step${at} {
  static label = 'step ${at} of the bundle'
  run(value) {
    if (typeof value !== 'number') throw new TypeError(\`\${Step${at}.label} takes a number, not \${typeof value}\`)
    return (value * ${(at % 97) + 2} + ${at}) % 65521
  }
}
steps.push(new Step${at}())
`
    parts.push(part)
    length += part.length
  }
  const code = parts.join('')
  cache.set(bytes, code)
  return code
}
