// FormData.
import { apply, arrayAppend, dateNow, TypeErrorIntrinsic } from '../../intrinsics.ts'
import { toUsvString } from '../convert.ts'
import { addBodySource } from '../fetch/body-sources.ts'
import type { BodySource } from '../fetch/body-sources.ts'
import { needArguments, OWN_KEY, shapeInterface } from '../interface.ts'
import { findNamed, removeNamed } from '../named-list.ts'
import { createPairIterators, makeIterable } from '../pair-iterators.ts'
import { addPlatformObjects } from '../platform-objects.ts'
import { createItems } from '../sequence.ts'
import { blobContent } from './blob-content.ts'
import { Blob, blobBytes, blobType, File, fileFacts } from './blob.ts'
import { encodeForm } from './encode-form.ts'

let made: object | undefined

/** The same ones each time; also what is made for a body is of classes that have their shape. */
export function createFileGlobals(): object {
  return (made ??= makeGlobals())
}

function makeGlobals(): object {
  shapeInterface(Blob, 'Blob')
  shapeInterface(File, 'File')
  shapeInterface(FormData, 'FormData')
  makeIterable(FormData.prototype)
  addPlatformObjects(cloneFile)
  addBodySource(toBodySource)
  return { __proto__: null, Blob, File, FormData }
}

/** A copy of a blob or a file has the same bytes, which nobody can change. */
function cloneFile(value: object): object | null | undefined {
  if (isFormData(value)) return null
  const bytes = blobBytes(value)
  if (bytes === undefined) return undefined
  const type = blobType(value)
  const facts = fileFacts(value)
  if (facts === undefined) return new Blob(OWN_KEY, bytes, type)
  return fileOf(bytes, facts.name, type, facts.lastModified)
}

function toBodySource(value: object): BodySource | undefined {
  return blobContent(value) ?? (isFormData(value) ? encodeForm(listOf(value as FormData)) : undefined)
}

export function formOf(list: Entry[]): object {
  return new FormData(OWN_KEY, list)
}

export function fileOf(bytes: Uint8Array, name: string, type: string, lastModified: number): object {
  return new File(OWN_KEY, name, { __proto__: null, bytes, type, lastModified })
}

export interface Entry {
  readonly name: string
  value: unknown
}

const createIterator = createPairIterators('FormData')

let isFormData: (value: object) => boolean
let listOf: (form: FormData) => readonly Entry[]

class FormData {
  readonly #list: Entry[]

  static {
    isFormData = (value) => #list in value
    listOf = (form) => form.#list
  }

  constructor(form: unknown = undefined, list: Entry[] = createItems()) {
    this.#list = list
    if (form === OWN_KEY) return
    if (form !== undefined) throw new TypeErrorIntrinsic('FormData: there are no forms here to take the entries of')
  }

  append(name: unknown, value: unknown, filename: unknown = undefined): void {
    const list = this.#list
    const entry = readEntry('append', arguments.length, name, value, filename)
    list[list.length] = entry
  }

  delete(name: unknown): void {
    const list = this.#list
    needArguments(arguments.length, 1, 'FormData.delete')
    removeNamed(list, toUsvString(name), undefined)
  }

  get(name: unknown): unknown {
    const list = this.#list
    needArguments(arguments.length, 1, 'FormData.get')
    const entry = findNamed(list, toUsvString(name))
    return entry === undefined ? null : entry.value
  }

  getAll(name: unknown): unknown[] {
    const list = this.#list
    needArguments(arguments.length, 1, 'FormData.getAll')
    const wanted = toUsvString(name)
    const values: unknown[] = []
    for (let index = 0; index < list.length; index++) {
      const entry = list[index] as Entry
      if (entry.name === wanted) arrayAppend(values, entry.value)
    }
    return values
  }

  has(name: unknown): boolean {
    const list = this.#list
    needArguments(arguments.length, 1, 'FormData.has')
    return findNamed(list, toUsvString(name)) !== undefined
  }

  set(name: unknown, value: unknown, filename: unknown = undefined): void {
    const list = this.#list
    const entry = readEntry('set', arguments.length, name, value, filename)
    const first = findNamed(list, entry.name)
    if (first === undefined) list[list.length] = entry
    else {
      first.value = entry.value
      removeNamed(list, entry.name, first)
    }
  }

  forEach(callback: unknown, thisArgument: unknown = undefined): void {
    const list = this.#list
    needArguments(arguments.length, 1, 'FormData.forEach')
    if (typeof callback !== 'function')
      throw new TypeErrorIntrinsic('FormData.forEach: the callback must be a function')
    for (let index = 0; index < list.length; index++) {
      const { name, value } = list[index] as Entry
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

function reader(form: FormData): () => readonly Entry[] {
  const list = listOf(form)
  return () => list
}

/** @param count how many arguments there were: a name for a file goes with a file only. */
function readEntry(method: string, count: number, name: unknown, value: unknown, filename: unknown): Entry {
  needArguments(count, 2, `FormData.${method}`)
  const bytes = blobBytes(value)
  if (bytes === undefined && count > 2) {
    throw new TypeErrorIntrinsic(`FormData.${method}: with a name for the file, the value must be a Blob`)
  }
  const entryName = toUsvString(name)
  const entryValue = bytes === undefined ? toUsvString(value) : toFile(value as object, bytes, filename)
  return { __proto__: null, name: entryName, value: entryValue } as Entry
}

/** Every entry that is no text is a file. */
function toFile(value: object, bytes: Uint8Array, filename: unknown): object {
  const facts = fileFacts(value)
  if (facts !== undefined && filename === undefined) return value
  const name = filename === undefined ? 'blob' : toUsvString(filename)
  return fileOf(bytes, name, blobType(value), facts === undefined ? dateNow() : facts.lastModified)
}
