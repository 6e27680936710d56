// What each tier of snapshots has made already, and what is run once so that its compiled code is in the snapshot, too.
// Whatever else that leaves behind is in a context that V8 throws away.
import { BOOT_GLOBAL, OP, PRELOAD_GLOBAL } from './src/bridge.ts'
import type { TIERS } from './src/bridge.ts'

export type TierName = (typeof TIERS)[number]

interface TierPlan {
  /** Groups whose text is in the snapshot, by their globals. */
  readonly groups: readonly string[]
  /** Globals that are made with the snapshot. */
  readonly preload: readonly string[]
  /** Script that loads what is reached through functions; nothing of it may be kept by what it loads. */
  readonly touch: string
  /** Script that uses what the tier has the way that code does, in an isolate that is booted and thrown away. */
  readonly exercise: string
}

const BASE: TierPlan = {
  groups: ['workerIsolateRun', 'workerIsolateBinding', 'workerIsolateTimers', 'workerIsolateMethods'],
  preload: ['console'],
  touch: 'clearTimeout(0)',
  exercise: `
    console.log('a', 1)
    clearTimeout(setTimeout(() => undefined, 1000))`,
}

const WEB: TierPlan = {
  groups: [
    'workerIsolateConsole',
    'workerIsolateEvents',
    'workerIsolateBase64',
    'workerIsolateClone',
    'workerIsolateEncoding',
    'workerIsolateCrypto',
    'workerIsolateUrl',
    'workerIsolatePerformance',
  ],
  preload: ['TextEncoder', 'URL', 'crypto', 'performance', 'AbortController'],
  touch: "atob('');structuredClone(0)",
  exercise: `
    console.log({ a: [1, 'b', null, true], m: new Map([[1, new Set([2])]]) }, [1, 2], new Error('x'))
    console.log('%s %d', 'a', 1)
    const address = new URL('https://user:p@example.org:8080/a/../b c?d=e&f#g')
    address.searchParams.append('h', 'i j')
    address.searchParams.get('d')
    address.pathname = '/k'
    address.href + address.host + address.hostname + address.origin + address.search + address.hash + address.protocol
    new URL('../x?y', 'http://127.0.0.1/a/b').toString()
    URL.canParse('/')
    const query = new URLSearchParams({ a: 'b' })
    query.set('c', 'd')
    query.has('a')
    for (const [key, value] of query) key + value
    query.toString()
    new TextDecoder().decode(new TextEncoder().encode('h\u00e9'))
    atob(btoa('hello'))
    structuredClone({ a: [1, 'b', null, true, new Date(0)], m: new Map([[1, new Set([2])]]), u: new Uint8Array(2) })
    crypto.getRandomValues(new Uint8Array(1))
    crypto.randomUUID()
    performance.now()
    const controller = new AbortController()
    controller.signal.addEventListener('abort', () => undefined)
    controller.abort()
    controller.signal.aborted
    new EventTarget().dispatchEvent(new Event('a'))`,
}

const FETCH: TierPlan = {
  groups: ['workerIsolateHeaders', 'workerIsolateFetch', 'workerIsolateFiles'],
  preload: ['Headers', 'Blob'],
  touch: '',
  exercise: `
    const headers = new Headers({ 'content-type': 'text/plain' })
    headers.set('a', 'b')
    headers.get('a')
    headers.has('c')
    for (const [name, value] of headers) name + value
    new Blob(['a', new Uint8Array(2)], { type: 'text/plain' }).slice(0, 1).size
    new FormData().append('a', 'b')
    const answer = new Response('{"a":1}', { status: 201, headers: { 'content-type': 'application/json' } })
    answer.clone().text()
    answer.json()
    answer.headers.get('content-type') + answer.status + answer.ok + answer.statusText
    Response.json({ a: [1] }).text()
    const request = new Request('https://example.org/a?b', { method: 'POST', body: 'a', headers })
    request.url + request.method
    request.text()`,
}

const FULL: TierPlan = {
  groups: ['workerIsolateStreams'],
  preload: ['ReadableStream'],
  touch: '',
  exercise: `
    const source = new ReadableStream({ start(controller) { controller.enqueue('a'); controller.close() } })
    const reader = source.getReader()
    reader.read()
    reader.releaseLock()
    const bytes = new ReadableStream({ type: 'bytes', pull(controller) { controller.enqueue(new Uint8Array(1)); controller.close() } })
    bytes.getReader().read()
    const writer = new WritableStream({ write() {} }).getWriter()
    writer.write('a')
    writer.close()
    const changed = new TransformStream({ transform(chunk, controller) { controller.enqueue(chunk) } })
    new ReadableStream({ pull(controller) { controller.close() } }).pipeThrough(changed).getReader().read()
    new Response('a').body`,
}

/** Each tier has what those before it have. */
const PLANS: Readonly<Record<TierName, readonly TierPlan[]>> = {
  base: [BASE],
  web: [BASE, WEB],
  fetch: [BASE, WEB, FETCH],
  full: [BASE, WEB, FETCH, FULL],
}

export function groupsOf(tier: TierName): readonly string[] {
  return PLANS[tier].flatMap(({ groups }) => groups)
}

/** The last script of the tier's snapshot. */
export function preparationOf(tier: TierName): string {
  const plans = PLANS[tier]
  const names = plans.flatMap(({ preload }) => preload)
  return `${PRELOAD_GLOBAL}(${JSON.stringify(names)});${plans.map(({ touch }) => touch).join(';')}`
}

/**
 * Exercises the hot path of all tiers, then what the tier has. The host of this isolate gives bytes that are no random ones:
 * what draws some draws none that anybody keeps.
 */
export function warmUpOf(tier: TierName): string {
  return `{
    const bytes = (op, count) => (op === ${OP.entropy} ? '\\0'.repeat(count) : '')
    const entry = ${BOOT_GLOBAL}(bytes, () => undefined, false, 1024, false)
    globalThis.warm = (a, b) => a + b
    const header = '{"name":"warm","format":"json","outputBytes":1000}\\n'
    entry(1, 0, header + '{"args":[1,{"a":[1,"b",null,true]}],"kwargs":{}}')
    entry(1, 0, header + '{"args":[],"kwargs":{"a":1,"b":2}}')
    ${PLANS[tier].map(({ exercise }) => `{${exercise}}`).join('\n')}
  }`
}
