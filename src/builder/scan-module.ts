// The functions and classes that a module exports under their own names, and its literal of endpoints, from the syntax alone.
import type { DeployedParameter } from '../core/deployment.ts'
import { readParameters } from './parameters.ts'
import { nameOf, nodeIn, nodesIn, unwrap } from './syntax.ts'
import type { ParsedModule, SyntaxNode } from './syntax.ts'

export interface ScannedFunction {
  readonly name: string
  readonly kind: 'function' | 'class'
  readonly isAsync: boolean
  /** Public methods of a class, in order. */
  readonly methods: readonly string[]
  /** Null for a class, and when one of them has no name. */
  readonly parameters: readonly DeployedParameter[] | null
  readonly node: SyntaxNode
}

export interface ScannedModule {
  readonly functions: readonly ScannedFunction[]
  readonly endpoints: SyntaxNode | null
  /** With the name under which it is declared, if it has one; null when there is none. */
  readonly defaultExport: { readonly name: string | null } | null
}

const ENDPOINTS = 'endpoints'
/** Other names, which can be given in quotes, cannot be those of a manifest. */
const IDENTIFIER = /^[$_\p{ID_Start}][$\p{ID_Continue}]*$/u
const FUNCTIONS = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']
const CLASSES = ['ClassDeclaration', 'ClassExpression']

interface Declared {
  readonly name: string
  readonly value: SyntaxNode
}

export function scanModule({ body }: ParsedModule): ScannedModule {
  const declared = new Map(body.flatMap(declarationsOf).map(({ name, value }) => [name, value]))
  const exported = body.flatMap((node) => exportsOf(node, declared))
  const functions = exported.map(toFunction).filter((one) => one !== null)
  const endpoints = exported.find(({ name }) => name === ENDPOINTS)?.value ?? null
  const unique = new Map(functions.map((one) => [one.name, one]))
  const defaultExport = body.map(defaultExportOf).find((one) => one !== null) ?? null
  return { functions: [...unique.values()], endpoints, defaultExport }
}

function defaultExportOf(node: SyntaxNode): ScannedModule['defaultExport'] {
  if (node.type === 'ExportDefaultDeclaration') {
    const declaration = nodeIn(node, 'declaration')
    return { name: nameOf(declaration) ?? (declaration === null ? null : nameOf(nodeIn(declaration, 'id'))) }
  }
  if (node.type !== 'ExportNamedDeclaration') return null
  const specifier = nodesIn(node, 'specifiers').find((one) => nameOf(nodeIn(one, 'exported')) === 'default')
  if (specifier === undefined) return null
  return { name: nodeIn(node, 'source') === null ? nameOf(nodeIn(specifier, 'local')) : null }
}

/** What a statement declares, exported or not. */
function declarationsOf(node: SyntaxNode): readonly Declared[] {
  const isExport = node.type === 'ExportNamedDeclaration' || node.type === 'ExportDefaultDeclaration'
  const declaration = isExport ? nodeIn(node, 'declaration') : node
  if (declaration === null) return []
  if (declaration.type === 'VariableDeclaration') {
    return nodesIn(declaration, 'declarations').flatMap((one) => {
      const name = nameOf(nodeIn(one, 'id'))
      const value = nodeIn(one, 'init')
      return name === null || value === null ? [] : [{ name, value: unwrap(value) }]
    })
  }
  const name = nameOf(nodeIn(declaration, 'id'))
  return name === null ? [] : [{ name, value: declaration }]
}

/** What a statement exports of this module. Exports of other modules are theirs. */
function exportsOf(node: SyntaxNode, declared: ReadonlyMap<string, SyntaxNode>): readonly Declared[] {
  const find = (local: string | null, name: string | null): readonly Declared[] => {
    const value = local === null ? undefined : declared.get(local)
    return name === null || value === undefined ? [] : [{ name, value }]
  }
  if (node.type === 'ExportDefaultDeclaration') {
    const local = nameOf(nodeIn(node, 'declaration'))
    return local === null ? declarationsOf(node) : find(local, local)
  }
  if (node.type !== 'ExportNamedDeclaration' || node['exportKind'] === 'type' || nodeIn(node, 'source') !== null)
    return []
  if (nodeIn(node, 'declaration') !== null) return declarationsOf(node)
  return nodesIn(node, 'specifiers').flatMap((one) => {
    const local = nameOf(nodeIn(one, 'local'))
    const name = nameOf(nodeIn(one, 'exported'))
    return one['exportKind'] === 'type' ? [] : find(local, name === 'default' ? local : name)
  })
}

function toFunction({ name, value }: Declared): ScannedFunction | null {
  if (!IDENTIFIER.test(name) || value['declare'] === true || value['abstract'] === true) return null
  if (FUNCTIONS.includes(value.type)) {
    const isAsync = value['async'] === true
    return { name, kind: 'function', isAsync, methods: [], parameters: readParameters(value), node: value }
  }
  if (!CLASSES.includes(value.type)) return null
  return { name, kind: 'class', isAsync: false, methods: methodsOf(value), parameters: null, node: value }
}

/** As in Python, a leading underscore is private too. */
function methodsOf(node: SyntaxNode): readonly string[] {
  const body = nodeIn(node, 'body')
  const names = (body === null ? [] : nodesIn(body, 'body')).flatMap((member) => {
    const isPublic = member['accessibility'] !== 'private' && member['accessibility'] !== 'protected'
    const isMethod = member.type === 'MethodDefinition' && member['kind'] === 'method'
    const name = nameOf(nodeIn(member, 'key'))
    if (!isMethod || !isPublic || member['static'] === true || member['computed'] === true) return []
    return name === null || name.startsWith('_') || !IDENTIFIER.test(name) ? [] : [name]
  })
  // A method with overloads is there several times.
  return [...new Set(names)]
}
