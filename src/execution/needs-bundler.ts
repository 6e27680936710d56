// Whether a source may need more than to be run as it is: a hint that costs next to nothing, and never misses what does.

/** Static and dynamic imports, but not `import.meta`; calls of `require`. Words in comments and strings are hits, too. */
const IMPORTS = /\bimport\b(?!\s*\.\s*meta\b)|\brequire\s*\(/u
const EXPORTS = /\bexport\b/u
/** Not the method, which is more frequent. */
const FROM = /(?<!\.)\bfrom\b/u

/** Syntax decides about the hits. */
export function mayImport(code: string): boolean {
  return IMPORTS.test(code) || (EXPORTS.test(code) && FROM.test(code))
}

/** At the beginning of a line or behind what can stand before one; of comments for tools no line begins so. */
const DECORATOR = /(?:^|[;{}(,]|\b(?:export|default|static|abstract))[ \t]*@[\p{ID_Start}$_(]/mu

/** Decorators are left in place by the stripper of types, and V8 has none. */
export function mayDecorate(code: string): boolean {
  return DECORATOR.test(code)
}

/** Whether what is no TypeScript may be TypeScript with JSX. */
export function mayHaveJsx(code: string): boolean {
  return code.includes('</') || code.includes('/>')
}
