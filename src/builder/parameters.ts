// The parameters of a function, from its syntax: names, types as far as they are written down, and whether they are required.
import type { DeployedParameter, ParameterType } from '../core/deployment.ts'
import { nameOf, nodeIn, nodesIn } from './syntax.ts'
import type { SyntaxNode } from './syntax.ts'

const KEYWORDS: Readonly<Record<string, ParameterType>> = {
  TSStringKeyword: 'string',
  TSNumberKeyword: 'number',
  TSBooleanKeyword: 'boolean',
}

/** Null when one of them has no name to be called by: a pattern, or the rest of the arguments. */
export function readParameters(callable: SyntaxNode): readonly DeployedParameter[] | null {
  const parameters = nodesIn(callable, 'params')
    // The type of `this` is written like a parameter.
    .filter((node) => nameOf(node) !== 'this')
    .map(readParameter)
  return parameters.includes(null) ? null : parameters.filter((one) => one !== null)
}

function readParameter(node: SyntaxNode): DeployedParameter | null {
  const hasDefault = node.type === 'AssignmentPattern'
  const target = hasDefault ? nodeIn(node, 'left') : node
  if (target?.type !== 'Identifier') return null
  return {
    name: String(target['name']),
    type: readType(nodeIn(target, 'typeAnnotation')),
    isRequired: !hasDefault && target['optional'] !== true,
  }
}

function readType(annotation: SyntaxNode | null): ParameterType {
  const type = annotation === null ? null : nodeIn(annotation, 'typeAnnotation')
  if (type === null) return 'any'
  const isBytes = type.type === 'TSTypeReference' && nameOf(nodeIn(type, 'typeName')) === 'Uint8Array'
  return isBytes ? 'bytes' : (KEYWORDS[type.type] ?? 'any')
}
