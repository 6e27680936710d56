// The source files of the project as syntax trees, with what each of them imports.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parseSync, visitorKeys } from 'oxc-parser'

const root = join(import.meta.dirname, '..', '..')

/** A node of an ESTree; what it has beside its type depends on the type. */
export interface SyntaxNode {
  readonly type: string
  readonly start: number
  readonly [field: string]: unknown
}

export interface Import {
  /** As it is written: `./a.ts`, `valibot`, `node:fs`. */
  readonly specifier: string
  /** For a relative specifier the file from the root of the project; else null. */
  readonly file: string | null
  /** Whether nothing of it is left when the program runs. */
  readonly isType: boolean
}

/** The specifier of an `import()` that is computed: no table can judge it, so none allows it. */
const COMPUTED = '(computed)'

export interface SourceFile {
  /** From the root of the project, such as `src/core/task.ts`. */
  readonly path: string
  readonly text: string
  readonly lines: number
  readonly program: SyntaxNode
  readonly imports: readonly Import[]
}

export function readSources(...patterns: readonly string[]): readonly SourceFile[] {
  return globSync([...patterns], { cwd: root })
    .toSorted()
    .map((path) => parseSource(path, readFileSync(join(root, path), 'utf8')))
}

/** Throws for a text that does not parse: a rule that is not checked must not look like one that holds. */
export function parseSource(path: string, text: string): SourceFile {
  const { program, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors.map(({ message }) => message).join(', ')}`)
  const tree = program as unknown as SyntaxNode
  return { path, text, lines: text.split('\n').length - 1, program: tree, imports: importsOf(path, tree) }
}

/** Where in the file something is, for messages of tests. */
export function placeOf(file: SourceFile, node: SyntaxNode): string {
  return `${file.path}:${file.text.slice(0, node.start).split('\n').length}`
}

/** Every node of the tree, parents before children. */
export function* walk(node: SyntaxNode): Generator<SyntaxNode> {
  yield node
  for (const child of childrenOf(node)) yield* walk(child)
}

export function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  return (visitorKeys[node.type] ?? []).flatMap((key) => [node[key]].flat()).filter((child) => isNode(child))
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function importsOf(path: string, program: SyntaxNode): readonly Import[] {
  const found: Import[] = []
  for (const node of walk(program)) {
    const specifier = specifierOf(node)
    if (specifier === null) continue
    const file = specifier.startsWith('.') ? relative(root, join(root, dirname(path), specifier)) : null
    found.push({ specifier, file, isType: isTypeImport(node) })
  }
  return found
}

/** Static imports and exports, `import()`, `import('x').Type`, and `require` by that name; null for other nodes. */
function specifierOf(node: SyntaxNode): string | null {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'TSImportType':
      return textOf(node['source'])
    case 'ImportExpression':
      return textOf(node['source']) ?? COMPUTED
    case 'CallExpression': {
      const callee = node['callee'] as SyntaxNode
      return callee.type === 'Identifier' && callee['name'] === 'require'
        ? textOf((node['arguments'] as unknown[])[0])
        : null
    }
    default:
      return null
  }
}

/** Null for what is not written as one text. */
function textOf(node: unknown): string | null {
  return isNode(node) && node.type === 'Literal' && typeof node['value'] === 'string' ? node['value'] : null
}

function isTypeImport(node: SyntaxNode): boolean {
  if (node.type === 'TSImportType' || node['importKind'] === 'type' || node['exportKind'] === 'type') return true
  const specifiers = (node['specifiers'] ?? []) as readonly SyntaxNode[]
  return (
    specifiers.length > 0 && specifiers.every((one) => one['importKind'] === 'type' || one['exportKind'] === 'type')
  )
}
