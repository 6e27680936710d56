// Reads the parameters at the head of a function's source with acorn, and stops before the body.
// A bundle of its own, evaluated at first use in an isolate where the guest may have changed everything that acorn calls:
// what comes back, and whether anything does, is only as good as what the guest left.
import { Parser as AcornParser } from 'acorn'
import type { Node, Options, Pattern } from 'acorn'

/** The nodes of the parameters, and the text that their positions count in. */
export interface Head {
  readonly params: readonly Pattern[]
  readonly text: string
}

interface FunctionNode extends Node {
  readonly params: readonly Pattern[]
}

interface MethodNode extends Node {
  readonly kind: string
}

/** The methods of acorn's parser that plugins override; its types leave them out. */
interface AcornInternals {
  readonly start: number
  nextToken(): void
  parseExpression(): Node
  parseClass(node: Node, isStatement: unknown): Node
  parsePropertyName(node: Node): Node
  parseClassMethod(method: MethodNode, isGenerator: boolean, isAsync: boolean, allowsDirectSuper: boolean): Node
  parseMethod(isGenerator: boolean, isAsync: boolean, allowDirectSuper: boolean): Node
  parseFunctionBody(node: FunctionNode, isArrow: boolean, isMethod: boolean, forInit: unknown): void
  raiseRecoverable(position: number, message: string): void
}

const Base = AcornParser as unknown as new (options: Options, input: string) => AcornInternals

/** As much as a function can have been accepted with, wherever it stood: what matters is where its parameters are. */
const OPTIONS: Options = {
  ecmaVersion: 'latest',
  sourceType: 'script',
  allowReserved: true,
  allowImportExportEverywhere: true,
  allowSuperOutsideMethod: true,
  checkPrivateFields: false,
}

/** Thrown to leave the parser at the body; not an Error, so that no stack is taken. */
interface Found {
  readonly params: readonly Pattern[] | 'class'
}

class HeadParser extends Base {
  /** Where the node of the function begins; unknown until its name is read when it is a method. */
  #wanted: number
  readonly #isClassWanted: boolean
  #propertyNames = 0

  constructor(text: string, wanted: number) {
    super(OPTIONS, text)
    this.#wanted = wanted
    this.#isClassWanted = wanted === 0
  }

  override parseClass(node: Node, isStatement: unknown): Node {
    if (this.#isClassWanted && node.start === 0) throw { params: 'class' } satisfies Found
    return super.parseClass(node, isStatement)
  }

  protected want(start: number): void {
    this.#wanted = start
  }

  override parsePropertyName(node: Node): Node {
    this.#propertyNames += 1
    const name = super.parsePropertyName(node)
    this.#propertyNames -= 1
    return name
  }

  override parseMethod(isGenerator: boolean, isAsync: boolean, allowDirectSuper: boolean): Node {
    // The first method outside a computed name is the one that the source is of.
    if (this.#wanted === -1 && this.#propertyNames === 0) this.#wanted = this.start
    return super.parseMethod(isGenerator, isAsync, allowDirectSuper)
  }

  override parseFunctionBody(node: FunctionNode, isArrow: boolean, isMethod: boolean, forInit: unknown): void {
    if (node.start === this.#wanted) throw { params: node.params } satisfies Found
    super.parseFunctionBody(node, isArrow, isMethod, forInit)
  }

  /** V8 has accepted the function; what acorn could go on after is no reason to stop. */
  override raiseRecoverable(): void {}
}

/** Stops at the body of the constructor of the class that the source is of; classes inside it have their own. */
class ConstructorParser extends HeadParser {
  #depth = 0

  constructor(text: string) {
    super(text, NOWHERE)
  }

  override parseClass(node: Node, isStatement: unknown): Node {
    this.#depth += 1
    const parsed = super.parseClass(node, isStatement)
    this.#depth -= 1
    return parsed
  }

  override parseClassMethod(
    method: MethodNode,
    isGenerator: boolean,
    isAsync: boolean,
    allowsDirectSuper: boolean,
  ): Node {
    if (this.#depth === 1 && method.kind === 'constructor') this.want(this.start)
    return super.parseClassMethod(method, isGenerator, isAsync, allowsDirectSuper)
  }
}

/** No node begins there. */
const NOWHERE = -2

function find(text: string, wanted: number): Found | null {
  return run(new HeadParser(text, wanted))
}

function run(parser: HeadParser): Found | null {
  try {
    parser.nextToken()
    parser.parseExpression()
  } catch (thrown) {
    if (typeof thrown === 'object' && thrown !== null && 'params' in thrown) return thrown as Found
  }
  return null
}

/**
 * The head of what `Function.prototype.toString` gives, or of its beginning; `'class'` for a class, null for anything that
 * cannot be read. Methods are parsed where they can stand: in an object, or in a class for private names.
 */
export function readHead(source: string): Head | 'class' | null {
  const asExpression = find(source, 0)
  if (asExpression !== null && asExpression.params !== 'class') return { params: asExpression.params, text: source }
  for (const opening of ['({', '(class{']) {
    const text = opening + source
    const found = find(text, -1)
    if (found !== null && found.params !== 'class') return { params: found.params, text }
  }
  return asExpression === null ? null : 'class'
}

/** The head of a class's constructor; `'none'` when the class has none of its own, null for anything that cannot be read. */
export function readConstructor(source: string): Head | 'none' | null {
  const parser = new ConstructorParser(source)
  const found = run(parser)
  if (found !== null && found.params !== 'class') return { params: found.params, text: source }
  return find(source, 0)?.params === 'class' && endsWithClass(source) ? 'none' : null
}

/** Whether all of the class could be read, so that a constructor would have been found. */
function endsWithClass(source: string): boolean {
  try {
    const parser = new ConstructorParser(source)
    parser.nextToken()
    parser.parseExpression()
    return true
  } catch {
    return false
  }
}
