// Programs that come with the request, each different from all others: plain, with the runtime, with types, large, computing.
import { makeProgram } from '../../support/program.ts'
import { jsonExchange, stepOf } from '../load/exchange.ts'
import type { Step } from '../load/exchange.ts'
import { fillerCode } from './filler.ts'
import { judgeExecute } from './judge-execute.ts'

export interface LiveProgram {
  readonly code: string
  readonly name: string
  readonly args: readonly unknown[]
  /** The JSON of the result. */
  readonly expected: string
  readonly language?: 'typescript'
}

export function liveStep({ code, name, args, expected, language }: LiveProgram): Step {
  const request = { function_name: name, function_code: code, args, serialization_format: 'json' }
  const body = JSON.stringify(language === undefined ? request : { ...request, language })
  return stepOf(jsonExchange('/execute', body, judgeExecute(expected)))
}

export function plainProgram(index: number): LiveProgram {
  return makeProgram(index)
}

export function runtimeProgram(index: number): LiveProgram {
  const name = `handle${index}`
  const code = `function ${name}(offset) {
  const url = new URL('https://example.com/items?page=${index}')
  url.searchParams.append('offset', String(offset))
  const headers = new Headers({ 'x-index': '${index}' })
  const bytes = new TextEncoder().encode(url.href)
  const copy = structuredClone({ id: crypto.randomUUID(), list: [1, 2, { three: 3 }] })
  console.log('handled', url.pathname)
  return { bytes: bytes.length, index: headers.get('x-index'), three: copy.list[2].three, id: copy.id.length }
}
`
  const bytes = `https://example.com/items?page=${index}&offset=${index}`.length
  return { code, name, args: [index], expected: JSON.stringify({ bytes, index: String(index), three: 3, id: 36 }) }
}

export function typedProgram(index: number): LiveProgram {
  const name = `handle${index}`
  const code = `interface Item { readonly id: number; readonly tags: readonly string[] }
type Keyed<T> = Readonly<Record<string, T>>
const FACTOR: number = ${index}

function index<T extends Item>(items: readonly T[]): Keyed<T> {
  const keyed: Record<string, T> = {}
  for (const item of items) keyed[\`item-\${item.id}\`] = item
  return keyed
}

function ${name}(offset: number, tag: string = 'none'): { count: number; value: number; tag: string } {
  const items: Item[] = [{ id: offset, tags: [tag] }, { id: offset + 1, tags: [] }]
  return { count: Object.keys(index<Item>(items)).length, value: (offset as number) + FACTOR, tag }
}
`
  const expected = JSON.stringify({ count: 2, value: 2 * index, tag: 'none' })
  return { code, name, args: [index], expected, language: 'typescript' }
}

/** The program is in front, so that the source differs from its first line on. */
export function bundledProgram(index: number, bytes: number): LiveProgram {
  const name = `handle${index}`
  const code = `const INDEX_${index} = ${index}
function ${name}(offset) {
  let value = offset
  for (let at = 0; at < steps.length; at += 20) value = steps[at].run(value)
  return { index: INDEX_${index}, isNumber: typeof value === 'number' }
}
${fillerCode(bytes)}`
  return { code, name, args: [index], expected: JSON.stringify({ index, isNumber: true }) }
}

const PRIMES_BELOW = 200_000

export function computingProgram(index: number): LiveProgram {
  const name = `handle${index}`
  const code = `function ${name}(limit) {
  const isComposite = new Uint8Array(limit)
  let primes = 0
  for (let at = 2; at < limit; at++) {
    if (isComposite[at] === 1) continue
    primes++
    for (let multiple = at * 2; multiple < limit; multiple += at) isComposite[multiple] = 1
  }
  return { primes, index: ${index} }
}
`
  return { code, name, args: [PRIMES_BELOW], expected: JSON.stringify({ primes: 17_984, index }) }
}
