// Headers.
import {
  apply,
  arrayAppend,
  arraySort,
  charCodeAt,
  isObject,
  regExpExec,
  stringSlice,
  stringToLowerCase,
  TypeErrorIntrinsic,
} from '../intrinsics.ts'
import { toByteString } from './convert.ts'
import { combine, header } from './header-list.ts'
import type { Header } from './header-list.ts'
import { needArguments, OWN_KEY, shapeInterface } from './interface.ts'
import { findNamed, removeNamed } from './named-list.ts'
import { createPairIterators, makeIterable } from './pair-iterators.ts'
import { readRecord } from './record.ts'
import { createItems, iteratorMethodOf, readPairs } from './sequence.ts'

/** Called once. */
export function shapeHeaders(): object {
  shapeInterface(Headers, 'Headers')
  makeIterable(Headers.prototype)
  return Headers
}

const createIterator = createPairIterators('Headers')
const SET_COOKIE = 'set-cookie'

export let isHeaders: (value: object) => boolean
let sorted: (headers: Headers) => readonly Header[]
/** Comes before each change, which some headers refuse. */
let change: (headers: Headers) => void

class Headers {
  readonly #list: Header[]
  readonly #isImmutable: boolean
  /** As they are iterated; null after a change. */
  #sorted: readonly Header[] | null = null

  static {
    isHeaders = (value) => #list in value
    change = (headers) => {
      if (headers.#isImmutable) throw new TypeErrorIntrinsic('Headers: these headers cannot be changed')
      headers.#sorted = null
    }
    sorted = (headers) => (headers.#sorted ??= sortAndCombine(headers.#list))
  }

  constructor(init: unknown = undefined, list: Header[] = createItems(), isImmutable = false) {
    const isOwn = init === OWN_KEY
    this.#list = isOwn || init === undefined ? list : readHeaders(init)
    this.#isImmutable = isOwn && isImmutable
  }

  append(name: unknown, value: unknown): void {
    const list = this.#list
    needArguments(arguments.length, 2, 'Headers.append')
    const added = createItems<Header>()
    addHeader(added, toByteString(name, 'Headers.append'), toByteString(value, 'Headers.append'))
    change(this)
    list[list.length] = added[0] as Header
  }

  delete(name: unknown): void {
    const list = this.#list
    needArguments(arguments.length, 1, 'Headers.delete')
    const wanted = checkName(toByteString(name, 'Headers.delete'))
    change(this)
    removeNamed(list, wanted, undefined)
  }

  get(name: unknown): string | null {
    const list = this.#list
    needArguments(arguments.length, 1, 'Headers.get')
    return combine(list, checkName(toByteString(name, 'Headers.get')))
  }

  getSetCookie(): string[] {
    const list = this.#list
    const cookies: string[] = []
    for (let index = 0; index < list.length; index++) {
      const { name, value } = list[index] as Header
      if (name === SET_COOKIE) arrayAppend(cookies, value)
    }
    return cookies
  }

  has(name: unknown): boolean {
    const list = this.#list
    needArguments(arguments.length, 1, 'Headers.has')
    return findNamed(list, checkName(toByteString(name, 'Headers.has'))) !== undefined
  }

  set(name: unknown, value: unknown): void {
    const list = this.#list
    needArguments(arguments.length, 2, 'Headers.set')
    const givenName = toByteString(name, 'Headers.set')
    const text = checkValue(toByteString(value, 'Headers.set'), givenName)
    const wanted = checkName(givenName)
    change(this)
    const first = findNamed(list, wanted)
    if (first === undefined) list[list.length] = header(wanted, text)
    else {
      first.value = text
      removeNamed(list, wanted, first)
    }
  }

  forEach(callback: unknown, thisArgument: unknown = undefined): void {
    needArguments(sorted(this) && arguments.length, 1, 'Headers.forEach')
    if (typeof callback !== 'function') throw new TypeErrorIntrinsic('Headers.forEach: the callback must be a function')
    for (let index = 0; index < sorted(this).length; index++) {
      const { name, value } = sorted(this)[index] as Header
      apply(callback as () => void, thisArgument, [value, name, this])
    }
  }

  keys(): object {
    return createIterator(reader(this), 'keys')
  }

  values(): object {
    return createIterator(reader(this), 'values')
  }

  entries(): object {
    return createIterator(reader(this), 'entries')
  }
}

/** The headers of a request or a response; what changes them changes the list. */
export function headersOf(list: Header[], isImmutable: boolean): object {
  return new Headers(OWN_KEY, list, isImmutable)
}

/** What the constructor takes, as a list. */
export function readHeaders(init: unknown): Header[] {
  if (!isObject(init)) throw new TypeErrorIntrinsic('Headers: the argument must be an object')
  const method = iteratorMethodOf(init, 'Headers')
  const given = method === undefined ? readMembers(init) : readPairs(init, method, 'Headers', toBytes, header)
  const list = createItems<Header>()
  for (let index = 0; index < given.length; index++) {
    const { name, value } = given[index] as Header
    addHeader(list, name, value)
  }
  return list
}

/** Throws for an object of another class now, and not in the first step of an iterator. */
function reader(headers: Headers): () => readonly Header[] {
  sorted(headers)
  return () => sorted(headers)
}

const toBytes = (value: unknown): string => toByteString(value, 'Headers')

const readMembers = (init: object): readonly Header[] => readRecord(init, toBytes, toBytes)

function addHeader(list: Header[], name: string, value: string): void {
  const text = checkValue(value, name)
  list[list.length] = header(checkName(name), text)
}

/** In lower case. */
function checkName(name: string): string {
  if (regExpExec(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, name) !== null) return stringToLowerCase(name)
  throw new TypeErrorIntrinsic(`Headers: '${stringSlice(name, 0, 100)}' is no name of a header`)
}

/** Without white space around it. */
function checkValue(value: string, name: string): string {
  let from = 0
  let end = value.length
  while (from < end && isSpace(charCodeAt(value, from))) from++
  while (end > from && isSpace(charCodeAt(value, end - 1))) end--
  const text = stringSlice(value, from, end)
  if (regExpExec(/[\0\r\n]/, text) === null) return text
  throw new TypeErrorIntrinsic(`Headers: the value of '${stringSlice(name, 0, 100)}' must be one line without NUL`)
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d

/** By name; those of one name as one header, but each cookie by itself. */
function sortAndCombine(list: readonly Header[]): readonly Header[] {
  const byName = createItems<Header>()
  for (let index = 0; index < list.length; index++) byName[index] = list[index] as Header
  // The sort of the language keeps the order of what is equal.
  arraySort(byName, (left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0))
  const combined = createItems<Header>()
  for (let index = 0; index < byName.length; index++) {
    const { name, value } = byName[index] as Header
    const last = combined[combined.length - 1]
    if (last !== undefined && last.name === name && name !== SET_COOKIE) last.value += `, ${value}`
    else combined[combined.length] = header(name, value)
  }
  return combined
}
