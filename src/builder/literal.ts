// Reads an object that is written as a literal, with the place of every part, so that each problem has a line and a column.
import { nameOf, nodeIn, nodesIn, placeOf, unwrap } from './syntax.ts'
import type { ParsedModule, Report, SyntaxNode } from './syntax.ts'

export interface Entry {
  readonly key: string
  readonly keyNode: SyntaxNode
  readonly value: SyntaxNode
}

/** Reads values of one module; each answers null after it has reported why. */
export class LiteralReader {
  readonly #module: ParsedModule
  readonly #report: Report

  constructor(module: ParsedModule, report: Report) {
    this.#module = module
    this.#report = report
  }

  fail(node: SyntaxNode, sentence: string): null {
    this.#report(`${placeOf(this.#module, node)}: ${sentence}`)
    return null
  }

  readObject(node: SyntaxNode, what: string): readonly Entry[] | null {
    const object = unwrap(node)
    if (object.type !== 'ObjectExpression') return this.fail(object, `${what} must be an object literal.`)
    const entries = nodesIn(object, 'properties').map((property): Entry | null => {
      const keyNode = nodeIn(property, 'key')
      const key = property['computed'] === true ? null : nameOf(keyNode)
      const value = nodeIn(property, 'value')
      const isPlain = property.type === 'Property' && property['kind'] === 'init' && property['shorthand'] !== true
      if (!isPlain || key === null || keyNode === null || value === null) {
        return this.fail(property, `${what} must hold only plain entries: 'key: literal'.`)
      }
      return { key, keyNode, value }
    })
    const plain = entries.filter((entry) => entry !== null)
    const twice = plain.find(({ key }, index) => plain.findIndex((other) => other.key === key) < index)
    if (twice !== undefined) return this.fail(twice.keyNode, `${what} has '${twice.key}' twice.`)
    return plain.length === entries.length ? plain : null
  }

  readString(node: SyntaxNode, what: string): string | null {
    const text = textOf(unwrap(node))
    return text ?? this.fail(node, `${what} must be a string literal.`)
  }

  readCount(node: SyntaxNode, what: string): number | null {
    const inner = unwrap(node)
    const value = inner.type === 'Literal' ? inner['value'] : null
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value
    return this.fail(node, `${what} must be a literal whole number above 0.`)
  }

  readFlag(node: SyntaxNode, what: string): boolean | null {
    const inner = unwrap(node)
    const value = inner.type === 'Literal' ? inner['value'] : null
    return typeof value === 'boolean' ? value : this.fail(node, `${what} must be true or false.`)
  }

  readStrings(node: SyntaxNode, what: string): readonly string[] | null {
    const list = unwrap(node)
    if (list.type !== 'ArrayExpression') return this.fail(node, `${what} must be a list of string literals.`)
    const elements = (list['elements'] as readonly (SyntaxNode | null)[]).map((element) =>
      element === null ? null : textOf(unwrap(element)),
    )
    const texts = elements.filter((text) => text !== null)
    return texts.length === elements.length ? texts : this.fail(node, `${what} must be a list of string literals.`)
  }
}

function textOf(node: SyntaxNode): string | null {
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? node['value'] : null
  if (node.type !== 'TemplateLiteral' || nodesIn(node, 'expressions').length > 0) return null
  const [quasi] = nodesIn(node, 'quasis')
  const cooked = (quasi?.['value'] as { readonly cooked?: unknown } | undefined)?.cooked
  return typeof cooked === 'string' ? cooked : null
}
