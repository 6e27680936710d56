// What code names without an import where it is written for Node.js: a bundle brings it along.

/** `process.env` every isolate has. */
const NODE_GLOBAL = /\bBuffer\b|\b(?:set|clear)Immediate\b|(?<![.\w$])process\.(?!env\b)[\w$]/u

/** A hint: words in comments and strings count, and so do names that the code declares itself. */
export function mayNeedNodeGlobals(code: string): boolean {
  const hasName = code.includes('Buffer') || code.includes('Immediate') || code.includes('process.')
  return hasName && NODE_GLOBAL.test(code)
}
