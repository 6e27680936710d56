// URLPattern.prototype.generate, which the library has not: the one text that a component stands for, with values for its names.
import { apply, getOwnPropertyDescriptor, isObject, stringSlice, TypeErrorIntrinsic } from '../../intrinsics.ts'
import { toUsvString } from '../convert.ts'
import { loadUrlGlobals } from '../gateways.ts'
import { needArguments } from '../interface.ts'
import { readRecord } from '../record.ts'
import { encodeComponent } from './encode-component.ts'
import type { OwnUrl } from './encode-component.ts'
import { readPattern } from './read-pattern.ts'

interface Pattern {
  readonly test: (this: object, input: object) => boolean
}

type PatternClass = new (input: object) => object
type Getter = (this: object) => string

const COMPONENTS = ['protocol', 'username', 'password', 'hostname', 'port', 'pathname', 'search', 'hash']
const SPECIAL = ['http', 'https', 'ws', 'wss', 'ftp']

/** The method, over the members that the class has now. */
export function createGenerate(Class: PatternClass): (component: unknown, groups: unknown) => string {
  const { prototype } = Class as unknown as { readonly prototype: object }
  const { test } = prototype as Pattern
  const getters = { __proto__: null } as unknown as Record<string, Getter>
  for (let index = 0; index < COMPONENTS.length; index++) {
    const name = COMPONENTS[index] as string
    getters[name] = (getOwnPropertyDescriptor(prototype, name) as { readonly get: Getter }).get
  }

  /** Whether a path that goes with it has segments. */
  function hasSegments(protocol: string): boolean {
    if (protocol === '*' || protocol === '') return true
    const pattern = new Class({ __proto__: null, protocol })
    for (let index = 0; index < SPECIAL.length; index++) {
      if (apply(test, pattern, [{ __proto__: null, protocol: SPECIAL[index] }])) return true
    }
    return false
  }

  const { generate } = {
    generate(this: object, component: unknown, groups: unknown): string {
      needArguments(arguments.length, 2, 'URLPattern.generate')
      const name = toUsvString(component)
      const get = getters[name]
      if (get === undefined) {
        throw new TypeErrorIntrinsic(`URLPattern.generate: '${stringSlice(name, 0, 40)}' is no component`)
      }
      const pattern = apply(get, this, [])
      const isOpaque = name === 'pathname' && !hasSegments(apply(getters['protocol'] as Getter, this, []))
      const values = readGroups(groups)
      const { URL } = loadUrlGlobals() as { readonly URL: new (text: string) => OwnUrl }
      let text = ''
      readPattern(pattern, {
        text: (part) => (text += part),
        name: (group) => (text += encodeComponent(isOpaque ? 'opaquePathname' : name, valueOf(values, group), URL)),
      })
      return text
    },
  }
  return generate
}

type Groups = ReturnType<typeof readRecord>

function readGroups(groups: unknown): Groups {
  if (isObject(groups)) return readRecord(groups, toUsvString, toUsvString)
  throw new TypeErrorIntrinsic('URLPattern.generate: the groups must be an object')
}

function valueOf(values: Groups, group: string): string {
  for (let index = 0; index < values.length; index++) {
    const entry = values[index]
    if (entry?.name === group) return entry.value
  }
  throw new TypeErrorIntrinsic(`URLPattern.generate: there is no value for '${stringSlice(group, 0, 40)}'`)
}
