// What code beside hostile code must not do: reach for anything that the guest can replace.
import { freeNames } from './free-names.ts'
import { placeOf, walk } from './source-tree.ts'
import type { SourceFile, SyntaxNode } from './source-tree.ts'

/** Names that no guest can give another meaning; `globalThis` itself is read through intrinsics.ts. */
const CONSTANT_NAMES: ReadonlySet<string> = new Set(['undefined', 'NaN', 'Infinity', 'arguments'])

/** Everything in the file that depends on a global, a prototype or an iterator, one line each. */
export function findUnsafeCode(file: SourceFile): readonly string[] {
  const globals = freeNames(file.program)
    .filter(({ name }) => !CONSTANT_NAMES.has(name))
    .map(({ name, node }) => `${placeOf(file, node)} names the global ${name}`)
  const others = [...walk(file.program)].flatMap((node) => {
    const fault = faultOf(node)
    return fault === null ? [] : [`${placeOf(file, node)} ${fault}`]
  })
  return [...globals, ...others]
}

function faultOf(node: SyntaxNode): string | null {
  switch (node.type) {
    case 'CallExpression':
      return isMember(node['callee']) ? 'calls a method' : hasSpread(node['arguments'])
    case 'NewExpression':
      return hasSpread(node['arguments'])
    case 'ArrayExpression':
      return hasSpread(node['elements'])
    case 'TaggedTemplateExpression':
      return isMember(node['tag']) ? 'calls a method' : null
    case 'ForOfStatement':
      return 'iterates with for…of'
    case 'BinaryExpression':
      return node['operator'] === 'instanceof' ? 'asks instanceof, which calls Symbol.hasInstance' : null
    case 'ArrayPattern':
      return 'takes an array apart, which iterates'
    case 'YieldExpression':
      return 'yields, which iterates'
    default:
      return null
  }
}

/** `a.b`, `a?.b`, `(a.b as F)`, `a.b!`: a call of it looks the method up where the guest may have put another. */
function isMember(callee: unknown): boolean {
  const node = callee as SyntaxNode
  if (node.type === 'MemberExpression') return (node['object'] as SyntaxNode).type !== 'Super'
  const inner = node['expression']
  return typeof inner === 'object' && inner !== null && isMember(inner)
}

function hasSpread(list: unknown): string | null {
  const isSpread = (list as readonly (SyntaxNode | null)[]).some((one) => one?.type === 'SpreadElement')
  return isSpread ? 'spreads an array, which iterates' : null
}
