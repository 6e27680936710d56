// Code that is there and hardly used, as most of a bundle is: compiled lazily by engines that do so, but read by all.

const cache = new Map<number, string>()

/** Of each class: a bundle has modules of some kilobytes, not thousands of one-liners. */
const METHODS = 12

/** About so many bytes of classes, the same each time. */
export function fillerCode(bytes: number): string {
  const cached = cache.get(bytes)
  if (cached !== undefined) return cached
  const parts: string[] = ['const steps = []\n']
  let length = 0
  for (let at = 0; length < bytes; at++) {
    const part = writeClass(at)
    parts.push(part)
    length += part.length
  }
  const code = parts.join('')
  cache.set(bytes, code)
  return code
}

function writeClass(at: number): string {
  const methods = Array.from({ length: METHODS }, (_, index) => writeMethod(at, index))
  return `class Step${at} {
  static label = 'step ${at} of the bundle'
  run(value) {
    return this.part0(value)
  }
${methods.join('')}}
steps.push(new Step${at}())
`
}

function writeMethod(at: number, index: number): string {
  return `  part${index}(value, options = {}) {
    if (typeof value !== 'number') throw new TypeError(\`\${Step${at}.label} takes a number, not \${typeof value}\`)
    const { factor = ${((at + index) % 97) + 2}, names = ['first', 'second'] } = options
    const entries = names.map((name, place) => ({ name: \`\${name}-${index}\`, weight: place * factor }))
    let total = value
    for (const { weight } of entries) total = (total * factor + weight + ${at}) % 65521
    return total
  }
`
}
