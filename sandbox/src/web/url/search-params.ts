// URLSearchParams.
import { apply, arrayAppend, arraySort, isObject, stringSlice, TypeErrorIntrinsic } from '../../intrinsics.ts'
import { toUsvString } from '../convert.ts'
import { needArguments, OWN_KEY } from '../interface.ts'
import { createPairIterators } from '../pair-iterators.ts'
import { readRecord } from '../record.ts'
import { createItems, iteratorMethodOf, readPairs } from '../sequence.ts'
import { nameValue, parseFormText, serializeFormText } from './form-text.ts'
import type { NameValue } from './form-text.ts'

const createIterator = createPairIterators('URLSearchParams')

type OnChange = (text: string) => void

/** Of a URL: replaces the list after its query has been assigned to. */
export let replaceList: (params: URLSearchParams, list: NameValue[]) => void
/** Whether an object is one, whatever it inherits from. */
export let isSearchParams: (value: object) => boolean
/** What its `toString` gives. */
export let searchText: (params: URLSearchParams) => string
let changed: (params: URLSearchParams) => void

export class URLSearchParams {
  #list: NameValue[]
  /** Tells the URL, of whose query this is a view, what the query is now. */
  readonly #onChange: OnChange | null = null

  static {
    isSearchParams = (value) => #list in value
    replaceList = (params, list) => {
      params.#list = list
    }
    searchText = (params) => serializeFormText(params.#list)
    changed = (params) => {
      const tell = params.#onChange
      if (tell !== null) tell(serializeFormText(params.#list))
    }
  }

  constructor(init: unknown = '', list: NameValue[] = createItems(), onChange: OnChange | null = null) {
    if (init === OWN_KEY) {
      this.#list = list
      this.#onChange = onChange
    } else this.#list = isObject(init) ? readInit(init) : parseFormText(withoutMark(toUsvString(init)))
  }

  get size(): number {
    return this.#list.length
  }

  append(name: unknown, value: unknown): void {
    const list = this.#list
    needArguments(arguments.length, 2, 'URLSearchParams.append')
    list[list.length] = nameValue(toUsvString(name), toUsvString(value))
    changed(this)
  }

  delete(name: unknown, value: unknown = undefined): void {
    const list = this.#list
    needArguments(arguments.length, 1, 'URLSearchParams.delete')
    keepOnly(list, not(matches(name, value)))
    changed(this)
  }

  get(name: unknown): string | null {
    const list = this.#list
    needArguments(arguments.length, 1, 'URLSearchParams.get')
    const found = find(list, matches(name, undefined))
    return found === undefined ? null : found.value
  }

  getAll(name: unknown): string[] {
    const list = this.#list
    needArguments(arguments.length, 1, 'URLSearchParams.getAll')
    const isWanted = matches(name, undefined)
    const values: string[] = []
    for (let index = 0; index < list.length; index++) {
      const pair = list[index] as NameValue
      if (isWanted(pair)) arrayAppend(values, pair.value)
    }
    return values
  }

  has(name: unknown, value: unknown = undefined): boolean {
    const list = this.#list
    needArguments(arguments.length, 1, 'URLSearchParams.has')
    return find(list, matches(name, value)) !== undefined
  }

  set(name: unknown, value: unknown): void {
    const list = this.#list
    needArguments(arguments.length, 2, 'URLSearchParams.set')
    const isWanted = matches(name, undefined)
    const text = toUsvString(value)
    const first = find(list, isWanted)
    if (first === undefined) list[list.length] = nameValue(toUsvString(name), text)
    else {
      first.value = text
      keepOnly(list, (pair) => pair === first || !isWanted(pair))
    }
    changed(this)
  }

  sort(): void {
    arraySort(this.#list, (left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0))
    changed(this)
  }

  forEach(callback: unknown, thisArgument: unknown = undefined): void {
    needArguments(this.#list && arguments.length, 1, 'URLSearchParams.forEach')
    if (typeof callback !== 'function') {
      throw new TypeErrorIntrinsic('URLSearchParams.forEach: the callback must be a function')
    }
    for (let index = 0; index < this.#list.length; index++) {
      const { name, value } = this.#list[index] as NameValue
      apply(callback as () => void, thisArgument, [value, name, this])
    }
  }

  keys(): object {
    return createIterator(this.#reader, 'keys')
  }

  values(): object {
    return createIterator(this.#reader, 'values')
  }

  entries(): object {
    return createIterator(this.#reader, 'entries')
  }

  toString(): string {
    return serializeFormText(this.#list)
  }

  get #reader(): () => readonly NameValue[] {
    return this.#list && (() => this.#list)
  }
}

/** The view of a query that a URL has. */
export function createLinked(list: NameValue[], onChange: OnChange): URLSearchParams {
  return new URLSearchParams(OWN_KEY, list, onChange)
}

const withoutMark = (text: string): string => (text[0] === '?' ? stringSlice(text, 1) : text)

/** Pairs in a sequence, or the members of a record. */
function readInit(init: object): NameValue[] {
  const method = iteratorMethodOf(init, 'URLSearchParams')
  return method === undefined
    ? readRecord(init, toUsvString, toUsvString)
    : readPairs(init, method, 'URLSearchParams', toUsvString, nameValue)
}

type Test = (pair: NameValue) => boolean

function matches(name: unknown, value: unknown): Test {
  const wantedName = toUsvString(name)
  if (value === undefined) return (pair) => pair.name === wantedName
  const wantedValue = toUsvString(value)
  return (pair) => pair.name === wantedName && pair.value === wantedValue
}

const not =
  (test: Test): Test =>
  (pair) =>
    !test(pair)

function find(list: readonly NameValue[], test: Test): NameValue | undefined {
  for (let index = 0; index < list.length; index++) if (test(list[index] as NameValue)) return list[index]
  return undefined
}

function keepOnly(list: NameValue[], test: Test): void {
  let kept = 0
  for (let index = 0; index < list.length; index++) {
    const pair = list[index] as NameValue
    if (test(pair)) list[kept++] = pair
  }
  list.length = kept
}
