// Runs one file of the web platform tests in an isolate of the service, with the harness that comes with them.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { KIND, OP } from '../../../sandbox/src/bridge.ts'
import { NativeLane } from '../../../src/executor/native/native-lane.ts'
import { isNativeOp } from '../../../src/executor/native/native-work.ts'
import { createSlot, disposeSlot } from '../../../src/executor/slot.ts'
import type { Slot, SlotOptions } from '../../../src/executor/slot.ts'

/** How one file went: a file that did not come to its end counts as one failure more. */
export interface FileResult {
  readonly passed: number
  /** By name, with what was wrong. */
  readonly failed: ReadonlyMap<string, string>
}

const TIMEOUT_MS = 120_000
const BEAT_MS = 5
const RESULT = 'wpt-result '
const END = 'wpt-end'
/** Of the name and the message of a result: the console cuts what is longer than it writes at once. */
const MAX_CHARACTERS = 1_000

/** What the files expect around them, which is no part of what is tested. */
const SURROUNDINGS = `
  globalThis.GLOBAL = { isWindow: () => false, isWorker: () => false, isShadowRealm: () => false }
  globalThis.location = { search: '', hash: '', pathname: '/', origin: 'null', href: 'http://web-platform.test/' }
  // Errors by name are plain errors until there is a class for them.
  globalThis.DOMException ??= Error
  const fetchOwn = fetch
  globalThis.fetch = async (path, init) => {
    // The one program of the server of the tests that is stood in for: it answers with the body that it gets.
    if (String(path).endsWith('/echo-content.py')) {
      return new Response(await new Request('http://web-platform.test/', init).bytes(), { headers: { 'content-type': 'text/plain' } })
    }
    return fetchOwn(workerIsolateFiles[String(path)] ?? path, init)
  }`

/** What is relative is relative to the page there: here only the tests have one, so that their names are made whole for the classes. */
const BASE = `
  const whole = (url) => (typeof url === 'string' || typeof url === 'function') && !URL.canParse(url) && URL.canParse(url, location.href) ? new URL(url, location.href).href : url
  globalThis.Request = new Proxy(Request, {
    construct: (target, [url, ...rest], made) => Reflect.construct(target, url === undefined ? [] : [whole(url), ...rest], made),
  })
  const redirectOwn = Response.redirect
  Response.redirect = (url, ...rest) => redirectOwn(whole(url), ...rest)`

/** Tests of transferred streams send them to the page that they are on: to its own listeners, through a channel here. */
const PAGE = `
  globalThis.window = globalThis
  globalThis.postMessage = (message, _origin, transfer = []) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = ({ data, ports }) => dispatchEvent(new MessageEvent('message', { data, ports: [...ports] }))
    port2.postMessage(message, transfer)
  }`

/**
 * The harness of interfaces asks what kind of global object it sees, and this is the one that it knows that is next to ours: without
 * a page, and without what is of a user. Said behind the harness, which would wait for the messages of such a global object.
 */
const SCOPE = `
  globalThis.ServiceWorkerGlobalScope = class { static [Symbol.hasInstance](value) { return value === globalThis } }`

const REPORT = `
  add_result_callback(({ name, status, message }) => {
    const result = [name, status, message ?? ''].map((part) => typeof part === 'string' ? part.slice(0, ${MAX_CHARACTERS}) : part)
    console.log('${RESULT}' + JSON.stringify(result))
  })
  add_completion_callback((tests, { status, message }) => console.log('${RESULT}' + JSON.stringify(['(harness)', status, message ?? '']) + '\\n${END}'))
  setup({ explicit_timeout: true, explicit_done: true })`

/** Paths of scripts and data in the text of a file, as paths below the root. */
function filesNamed(text: string, file: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, path = '']) =>
    path.startsWith('/') ? path.slice(1) : posix.join(dirname(file), path),
  )
}

/** Where a server of the tests would find what has another place in the checkout. */
const SERVED: Readonly<Record<string, string>> = { 'resources/WebIDLParser.js': 'resources/webidl2/lib/webidl2.js' }

const toDataUrl = (path: string): string => `data:application/json;base64,${readFileSync(path, 'base64')}`

function readAll(root: string, file: string): { readonly scripts: readonly string[]; readonly data: string } {
  const text = readFileSync(join(root, file), 'utf8')
  const scripts = filesNamed(text, file, /^\/\/ META: script=(\S+)/gmu)
  const sources = [...scripts.map((path) => readFileSync(join(root, SERVED[path] ?? path), 'utf8')), text]
  const data: Record<string, string> = {}
  for (const source of sources) {
    for (const [, name = ''] of source.matchAll(/["'`]([\w./-]+\.(?:json|vtt|webm))["'`]/gu)) {
      const path = join(root, name.startsWith('/') ? name : posix.join(dirname(file), name))
      if (existsSync(path)) data[name] = toDataUrl(path)
    }
  }
  for (const [, name = ''] of text.matchAll(/'([\w.-]+)'/gu)) {
    const path = join(root, 'interfaces', `${name}.idl`)
    if (text.includes('idl_test') && existsSync(path)) data[`/interfaces/${name}.idl`] = toDataUrl(path)
  }
  return { scripts: sources, data: JSON.stringify(data) }
}

/** A rejection that nothing handles fails the operation too, but ends no script. */
async function evaluate(slot: Slot, code: string): Promise<void> {
  try {
    await slot.context.eval(`delete globalThis.workerIsolateReached;0`, { copy: true })
    await slot.context.eval(`${code}\n;globalThis.workerIsolateReached = true;0`, { timeout: TIMEOUT_MS, copy: true })
  } catch (error) {
    if ((await slot.context.eval('globalThis.workerIsolateReached === true', { copy: true })) !== true) throw error
  }
}

export async function runWptFile(root: string, file: string, options: SlotOptions): Promise<FileResult> {
  const slot = createSlot(options)
  const failed = new Map<string, string>()
  let passed = 0
  let log = ''
  let hasEnded = false
  let settle: () => void = () => undefined
  const over = new Promise<void>((resolve) => (settle = resolve))
  let timer: NodeJS.Timeout | undefined
  let beat: NodeJS.Timeout | undefined
  const fail = (error: unknown): void => {
    failed.set('(file)', error instanceof Error ? error.message : String(error))
    settle()
  }
  const read = (): void => {
    const lines = log.split('\n')
    log = lines.pop() ?? ''
    for (const line of lines) {
      if (line === END) hasEnded = true
      if (!line.startsWith(RESULT)) continue
      const [name, status, message] = JSON.parse(line.slice(RESULT.length)) as [string, number, string]
      if (status !== 0) failed.set(failed.has(name) ? `${name} (again ${failed.size})` : name, message)
      else if (name !== '(harness)') passed++
    }
    if (hasEnded) settle()
  }
  const native = new NativeLane({
    isOver: () => hasEnded,
    onBegin: () => undefined,
    onAnswer: (kind, answer) => {
      void slot.enter(kind, 0, answer, TIMEOUT_MS).catch(() => undefined)
      // What follows from the answer is printed in microtasks behind it.
      void slot.enter(KIND.timer, 0, '', TIMEOUT_MS).catch(() => undefined)
    },
    onDone: () => undefined,
  })
  slot.onSend = (op, id, payload) => {
    if (isNativeOp(op)) return native.ask(op, payload)
    if (op === OP.log) {
      log += payload
      read()
    }
    if (op === OP.armTimer) {
      clearTimeout(timer)
      if (id >= 0) timer = setTimeout(() => void slot.enter(KIND.timer, 0, '', TIMEOUT_MS).catch(() => undefined), id)
    }
    return ''
  }
  const deadline = setTimeout(() => fail('it did not end'), TIMEOUT_MS)
  try {
    const { scripts, data } = readAll(root, file)
    const harness = readFileSync(join(root, 'resources', 'testharness.js'), 'utf8')
    const base = file.startsWith('fetch/api/') ? BASE : ''
    const scope = file.includes('idlharness') ? SCOPE : file.startsWith('streams/transferable/') ? PAGE : ''
    const surroundings = `globalThis.workerIsolateFiles = ${data};${SURROUNDINGS};${base}`
    for (const code of [surroundings, harness, REPORT, scope, ...scripts, 'done()']) {
      // oxlint-disable-next-line no-await-in-loop -- one script after the other
      await evaluate(slot, code)
    }
    // What microtasks print behind the last timer leaves with an entry after that.
    beat = setInterval(() => void slot.enter(KIND.timer, 0, '', TIMEOUT_MS).catch(() => undefined), BEAT_MS)
    await over
  } catch (error) {
    fail(error)
  } finally {
    clearTimeout(deadline)
    clearTimeout(timer)
    clearInterval(beat)
    disposeSlot(slot, false)
  }
  if (!hasEnded && !failed.has('(file)')) failed.set('(file)', 'it did not end')
  return { passed, failed }
}
