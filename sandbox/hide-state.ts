// The library of streams keeps the state of an object in members that begin with an underscore. They are not to be seen
// when properties are listed, printed or copied: an assignment that makes one becomes a definition that hides it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'acorn'
import type { Node } from 'acorn'
import type { Plugin } from 'esbuild'

/** For the bundle of the group that the library is in. */
export function hideStateOfStreams(): Plugin {
  return {
    name: 'hide-state',
    setup(bundle) {
      bundle.onLoad({ filter: /web-streams-polyfill\/dist\/ponyfill\.mjs$/ }, ({ path }) => {
        const text = hideState(readFileSync(path, 'utf8'))
        const from = join(import.meta.dirname, 'src', 'web', 'streams', 'hidden-state.ts')
        return { contents: `import { setHidden } from ${JSON.stringify(from)}\n${text}`, loader: 'js' }
      })
    },
  }
}

interface Edit {
  readonly at: number
  readonly until: number
  readonly text: string
}

type Syntax = Node & Readonly<Record<string, unknown>>

/** `a._b = c` becomes `setHidden(a, "_b", c)`, except in classes that the library keeps to itself. */
function hideState(text: string): string {
  const program = parse(text, { ecmaVersion: 'latest', sourceType: 'module' }) as unknown as Syntax
  const exported = new Set(/export\{([^}]*)\}/u.exec(text)?.[1]?.split(','))
  const edits: Edit[] = []
  collectEdits(program, exported, edits)
  if (edits.length === 0) throw new Error('the library of streams has no state to hide')
  let result = ''
  let from = 0
  for (const { at, until, text: replacement } of edits.toSorted((left, right) => left.at - right.at)) {
    result += text.slice(from, at) + replacement
    from = until
  }
  return result + text.slice(from)
}

function collectEdits(node: Syntax, exported: ReadonlySet<string>, edits: Edit[]): void {
  if (node.type === 'ClassDeclaration' && !exported.has(nameOf(node['id']))) return
  if (node.type === 'AssignmentExpression' && node['operator'] === '=') editAssignment(node, edits)
  for (const child of Object.values(node).flat()) {
    if (isSyntax(child)) collectEdits(child, exported, edits)
  }
}

function editAssignment(node: Syntax, edits: Edit[]): void {
  const left = node['left'] as Syntax
  const right = node['right'] as Syntax
  if (left.type !== 'MemberExpression' || left['computed'] === true) return
  const name = nameOf(left['property'])
  if (!name.startsWith('_')) return
  const { end } = left['object'] as Syntax
  edits.push(
    { at: node.start, until: node.start, text: 'setHidden(' },
    { at: end, until: right.start, text: `,"${name}",` },
    { at: node.end, until: node.end, text: ')' },
  )
}

const nameOf = (node: unknown): string => (node as { readonly name: string }).name

const isSyntax = (value: unknown): value is Syntax => typeof value === 'object' && value !== null && 'type' in value
