// Whether a source may need more than to be run as it is: a hint that costs next to nothing, and never misses what does.
import { mayNeedNodeGlobals } from '../core/node-globals.ts'

/** Static and dynamic, but not `import.meta`. Words in comments and strings are hits, too. */
const IMPORT = /\bimport\b(?!\s*\.\s*meta\b)/u
const REQUIRE = /\brequire\s*\(/u
const EXPORT = /\bexport\b/u
/** Not the method, which is more frequent. */
const FROM = /(?<!\.)\bfrom\b/u

/** Syntax decides about the hits. Nearly all sources have none of the words, which is found out faster than by an expression. */
export function mayImport(code: string): boolean {
  if (code.includes('import') && IMPORT.test(code)) return true
  if (code.includes('require') && REQUIRE.test(code)) return true
  return code.includes('export') && code.includes('from') && EXPORT.test(code) && FROM.test(code)
}

const COMMON_JS = /\bmodule\s*\.\s*exports\b|\bexports\s*(?:\.\s*[\w$]|\[)/u

/** Whether it may be a CommonJS module, or name what Node.js has without an import and a bundle brings along. */
export function mayBeForNode(code: string): boolean {
  return (code.includes('exports') && COMMON_JS.test(code)) || mayNeedNodeGlobals(code)
}

/** Of JavaScript and of TypeScript; the latter may need it for what the stripper of types leaves. */
export function mayNeedBundler(code: string): boolean {
  return mayImport(code) || mayBeForNode(code)
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
