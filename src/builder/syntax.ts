// A parsed module, and the places in it that problems are about.
import { parseSync } from 'oxc-parser'

/** A node of an ESTree; what it has beside its type depends on the type. */
export interface SyntaxNode {
  readonly type: string
  readonly start: number
  readonly [field: string]: unknown
}

export interface ParsedModule {
  /** From the folder of the project, with `/`. */
  readonly file: string
  readonly text: string
  readonly body: readonly SyntaxNode[]
}

/** Collects what is wrong, one sentence each; the build goes on, so that all of it is told at once. */
export type Report = (problem: string) => void

/** Null, and problems, for a text that does not parse. */
export function parseModule(file: string, text: string, report: Report): ParsedModule | null {
  const { program, errors } = parseSync(file, text, { sourceType: 'module' })
  for (const { message, labels } of errors)
    report(`${placeAt(file, text, labels[0]?.start ?? 0)}: ${endSentence(message)}`)
  return errors.length > 0 ? null : { file, text, body: program.body as unknown as readonly SyntaxNode[] }
}

/** `a/b.ts:3:5`, counted from 1. */
export function placeOf({ file, text }: ParsedModule, node: SyntaxNode): string {
  return placeAt(file, text, node.start)
}

function placeAt(file: string, text: string, offset: number): string {
  const before = text.slice(0, offset).split(/\r\n?|\n/u)
  return `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`
}

function endSentence(text: string): string {
  return /[.!?]$/u.test(text) ? text : `${text}.`
}

export function nodeIn(node: SyntaxNode, field: string): SyntaxNode | null {
  return (node[field] as SyntaxNode | null | undefined) ?? null
}

export function nodesIn(node: SyntaxNode, field: string): readonly SyntaxNode[] {
  return (node[field] as readonly SyntaxNode[] | undefined) ?? []
}

/** The name of an identifier, or the text of a string, as keys and export names are written; null for anything else. */
export function nameOf(node: SyntaxNode | null): string | null {
  const name = node?.type === 'Identifier' ? node['name'] : node?.type === 'Literal' ? node['value'] : null
  return typeof name === 'string' ? name : null
}

/** What stands inside `( … )`, `… as T` and `… satisfies T`. */
export function unwrap(node: SyntaxNode): SyntaxNode {
  const isWrapper = ['TSSatisfiesExpression', 'TSAsExpression', 'ParenthesizedExpression'].includes(node.type)
  const inner = isWrapper ? nodeIn(node, 'expression') : null
  return inner === null ? node : unwrap(inner)
}
