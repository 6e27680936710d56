// Which names a program uses without declaring them: its globals. Types are skipped.
import { childrenOf } from './source-tree.ts'
import type { SyntaxNode } from './source-tree.ts'

interface Scope {
  readonly names: Set<string>
  readonly parent: Scope | null
}

/** Nodes that are gone when the program runs, with everything in them. */
const TYPE_FIELDS = [
  'typeAnnotation',
  'returnType',
  'typeParameters',
  'typeArguments',
  'superTypeArguments',
  'implements',
]
/** Nodes of TypeScript that have a running program inside. */
const WRAPPERS = new Set([
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSInstantiationExpression',
])

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])
const BLOCKS = new Set([
  'Program',
  'BlockStatement',
  'StaticBlock',
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'SwitchStatement',
  'CatchClause',
])

/** Every use of an undeclared name. */
export function freeNames(program: SyntaxNode): readonly { readonly name: string; readonly node: SyntaxNode }[] {
  const found: { name: string; node: SyntaxNode }[] = []

  function visit(node: SyntaxNode, scope: Scope): void {
    if (node.type === 'Identifier' || node.type === 'JSXIdentifier') {
      const name = String(node['name'])
      if (!isDeclared(name, scope)) found.push({ name, node })
      return
    }
    const inner =
      FUNCTIONS.has(node.type) || node.type.startsWith('Class') || BLOCKS.has(node.type) ? enter(node, scope) : scope
    for (const child of runningChildren(node)) visit(child, inner)
  }

  visit(program, { names: new Set(), parent: null })
  return found
}

function isDeclared(name: string, scope: Scope | null): boolean {
  for (let at = scope; at !== null; at = at.parent) if (at.names.has(name)) return true
  return false
}

/** A scope with everything that the node itself declares, `var` and functions hoisted to where they belong. */
function enter(node: SyntaxNode, parent: Scope): Scope {
  const names = new Set<string>()
  if (FUNCTIONS.has(node.type)) {
    names.add('arguments')
    for (const parameter of node['params'] as readonly SyntaxNode[]) addPattern(parameter, names)
    addVars(node['body'] as SyntaxNode, names)
  }
  if (node.type === 'FunctionExpression' || node.type === 'ClassExpression') addPattern(node['id'], names)
  if (node.type === 'CatchClause') addPattern(node['param'], names)
  if (node.type === 'Program' || node.type === 'StaticBlock') addVars(node, names)
  for (const child of childrenOf(node)) addLexical(child, names)
  if (node.type === 'SwitchStatement') {
    for (const one of node['cases'] as readonly SyntaxNode[])
      for (const child of childrenOf(one)) addLexical(child, names)
  }
  return { names, parent }
}

function addLexical(statement: SyntaxNode, names: Set<string>): void {
  switch (statement.type) {
    case 'VariableDeclaration':
      for (const one of statement['declarations'] as readonly SyntaxNode[]) addPattern(one['id'], names)
      break
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
      addPattern(statement['id'], names)
      break
    case 'ImportDeclaration':
      for (const one of statement['specifiers'] as readonly SyntaxNode[]) addPattern(one['local'], names)
      break
    case 'ExportNamedDeclaration':
    case 'ExportDefaultDeclaration':
      if (statement['declaration'] !== null) addLexical(statement['declaration'] as SyntaxNode, names)
      break
    default:
      break
  }
}

/** `var` declarations of a function body, at any depth but not inside other functions. */
function addVars(node: SyntaxNode, names: Set<string>): void {
  if (node.type === 'VariableDeclaration' && node['kind'] === 'var') addLexical(node, names)
  for (const child of childrenOf(node)) if (!FUNCTIONS.has(child.type)) addVars(child, names)
}

function addPattern(pattern: unknown, names: Set<string>): void {
  if (typeof pattern !== 'object' || pattern === null) return
  const node = pattern as SyntaxNode
  switch (node.type) {
    case 'Identifier':
      names.add(String(node['name']))
      break
    case 'AssignmentPattern':
      addPattern(node['left'], names)
      break
    case 'RestElement':
      addPattern(node['argument'], names)
      break
    case 'ArrayPattern':
      for (const element of node['elements'] as readonly unknown[]) addPattern(element, names)
      break
    case 'ObjectPattern':
      for (const property of node['properties'] as readonly SyntaxNode[]) {
        addPattern(property.type === 'Property' ? property['value'] : property, names)
      }
      break
    default:
      break
  }
}

/** The children that run and that are not mere names of members, labels or exports. */
function runningChildren(node: SyntaxNode): readonly SyntaxNode[] {
  if (node.type.startsWith('TS')) return WRAPPERS.has(node.type) ? [node['expression'] as SyntaxNode] : []
  if (node['declare'] === true || node['importKind'] === 'type' || node['exportKind'] === 'type') return []
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ImportAttribute':
    case 'LabeledStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
    case 'MetaProperty':
      return node.type === 'LabeledStatement' ? [node['body'] as SyntaxNode] : []
    case 'ExportSpecifier':
      return node['exportKind'] === 'type' ? [] : [node['local'] as SyntaxNode]
    case 'ExportNamedDeclaration':
      if (node['source'] !== null) return []
      break
    case 'MemberExpression':
      return node['computed'] === true ? childrenOf(node) : [node['object'] as SyntaxNode]
    case 'Property':
    case 'MethodDefinition':
    case 'PropertyDefinition':
    case 'AccessorProperty':
      return [...(node['computed'] === true ? [node['key'] as SyntaxNode] : []), ...nodes(node['value'])]
    default:
      break
  }
  const skipped = new Set(TYPE_FIELDS.flatMap((field) => nodes(node[field])))
  return childrenOf(node).filter((child) => !skipped.has(child))
}

function nodes(value: unknown): readonly SyntaxNode[] {
  return [value].flat().filter((one): one is SyntaxNode => typeof one === 'object' && one !== null && 'type' in one)
}
