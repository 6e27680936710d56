// Guests that look for what the other tables leave out: the closures of the bridge, names and records of the service, values
// that look like the service's own, and built-ins that are newer than most lists of dangerous ones.
import { expect } from 'vitest'
import type { ExecuteAnswer } from '../../support/keep-alive-client.ts'
import type { HostileProgram, Proof } from '../hostile-program.ts'

const STOPPED: Proof = { effect: 'is stopped by the timeout' }
const isShort = (answer: ExecuteAnswer): void => expect(answer.text.length).toBeLessThan(20_000)

/** Notes every function and receiver that a stack gives away and that the guest did not write itself. */
const THIEF = `
  const stolen = [], names = new Set()
  Error.stackTraceLimit = 100
  Error.prepareStackTrace = (error, sites) => {
    for (const site of sites) {
      const f = site.getFunction(), own = site.getFileName() === 'function.js'
      if (f !== undefined && !own) stolen.push(String(f.name))
      if (f !== undefined) names.add(f.name)
    }
    return ''
  }
  const look = () => void new Error().stack;`

/** A host whose glue is not strict gives its functions away. */
const SLOPPY_GLUE = `
  Error.prepareStackTrace = (error, sites) => sites.some((site) => site.getFunction() === glue)
  function glue(f) { return f() }`

/** Where the stack ends, a function of the host is left in the middle. */
const HALF_DONE: Proof = {
  effect: { resolvesTo: true },
  source:
    'let begun = 0, over = 0; const half = () => { begun++; (() => {})(); over++ }; (function deep() { try { deep() } catch {} try { half() } catch {} })(); begun !== over',
}

const THIEVES: readonly HostileProgram[] = [
  {
    title: 'steals from the stacks of what the service calls back',
    source: `${THIEF}
      function run() {
        const attempt = (act) => { try { act() } catch {} }
        console.log(new Proxy({}, { ownKeys() { look(); return [] } }))
        attempt(() => console.dir({}, { get depth() { look(); return 1 } }))
        attempt(() => console.table([1], new Proxy([], { get(t, k) { look(); return t[k] } })))
        attempt(() => console.count({ toString() { look(); return 'l' } }))
        attempt(() => setTimeout(() => {}, { valueOf() { look(); return 1 } }))
        attempt(() => new ArrayBuffer(8, { get maxByteLength() { look() } }))
        attempt(() => new ArrayBuffer({ valueOf() { look(); return 8 } }))
        return { toJSON() { look(); return [names.has('valueOf'), stolen] } }
      }`,
    code: null,
    proof: {
      effect: { resolvesTo: true },
      source: `${SLOPPY_GLUE}; glue(() => new Error().stack)`,
    },
    check: (answer) => expect(answer.value).toEqual([true, []]),
  },
  {
    title: 'lets the stack end inside the functions of the service',
    source: `${THIEF}
      function run() {
        const kinds = new Set()
        const calls = [() => console.log('x'), () => console.log({ a: { b: [1] } }), () => console.table([[1]]), () => console.time('a'),
          () => setTimeout(() => {}, 1e6), () => queueMicrotask(() => {})]
        for (const call of calls) {
          let n = 0
          ;(function deep() {
            try { deep() } catch {}
            if (n++ < 40) { try { call() } catch (error) { void error.stack; kinds.add(error.name + (error.constructor === RangeError)) } }
          })()
        }
        return [[...kinds], stolen]
      }`,
    code: null,
    limits: { cpuMs: 3_000 },
    proof: {
      effect: { resolvesTo: true },
      source: `${SLOPPY_GLUE}; let end; (function deep() { try { deep() } catch (e) { end ??= glue(() => new Error().stack) } })(); end`,
    },
    check: (answer) => {
      const [kinds, stolen] = answer.value as [readonly string[], readonly string[]]
      expect(stolen).toEqual([])
      for (const kind of kinds) expect(kind).toBe('RangeErrortrue')
    },
  },
  {
    title: 'lets the stack end while the console is made ready',
    source: `function run() {
        let printed = 0
        ;(function deep() {
          try { deep() } catch { if (printed++ < 3) try { console.log({ a: [1, { b: new Map([[1, 2]]) }] }) } catch {} }
        })()
        console.log({ fine: true })
        return 7
      }`,
    code: null,
    limits: { cpuMs: 3_000 },
    proof: HALF_DONE,
    check: ({ value, stdout }) => expect([value, stdout.slice(-15)]).toEqual([7, '{ fine: true }\n']),
  },
  {
    title: 'returns getters that use up the stack',
    source: `function run() {
        const deep = () => { try { deep() } catch {} return 1 }
        return { get a() { return deep() }, b: { get c() { return deep() } } }
      }`,
    code: null,
    limits: { cpuMs: 3_000 },
    proof: HALF_DONE,
    check: ({ value }) => expect(value).toEqual({ a: 1, b: { c: 1 } }),
  },
  {
    title: 'prints an object with ever new keys',
    source: `function run() {
        const keys = () => Array.from({ length: 1e6 }, (_, index) => 'k' + index)
        const value = { value: 1, enumerable: true, configurable: true }
        for (;;) console.log(new Proxy({}, { ownKeys: keys, getOwnPropertyDescriptor: () => value }))
      }`,
    code: 'LIMIT_CPU',
    limits: { memoryMb: 256 },
    proof: { effect: 'is stopped by the timeout' },
  },
  {
    title: 'lets the stack end while timers are set, and sets more',
    source: `let fired = 0
      function run() {
        let n = 0
        ;(function deep() { try { deep() } catch {} if (n++ < 1000) { try { setTimeout(() => fired++, 1 + (n % 7)) } catch {} } })()
        return new Promise((done) => setTimeout(() => done(fired > 0), 60))
      }`,
    code: null,
    limits: { cpuMs: 3_000 },
    proof: HALF_DONE,
    check: (answer) => expect(answer.value).toBe(true),
  },
]

const LOOPING = '{ get() { for (;;); }, has() { for (;;); }, getOwnPropertyDescriptor() { for (;;); } }'

const ENTRIES: readonly HostileProgram[] = [
  {
    title: 'makes a loop of the name that is asked for',
    source: 'Object.defineProperty(globalThis, "run", { get() { for (;;); }, enumerable: true })',
    code: 'LIMIT_CPU',
    proof: STOPPED,
  },
  {
    title: 'is a proxy that loops when its parameters are asked for',
    source: `const run = new Proxy(function () {}, ${LOOPING})`,
    kwargs: { a: 1 },
    code: 'ARGUMENTS_MISMATCH',
    proof: { ...STOPPED, source: `const run = new Proxy(function () {}, ${LOOPING}); run.length` },
  },
  {
    title: 'replaces every global by one that throws and is called by name',
    source: `for (const key of Object.getOwnPropertyNames(globalThis)) {
        try { Object.defineProperty(globalThis, key, { get() { throw new Error('global ' + key) } }) } catch {}
      }
      function run(a) { return a }`,
    kwargs: { a: 1 },
    code: null,
    check: ({ value }) => expect(value).toBe(1),
    proof: {
      effect: { rejectsWith: 'global Map' },
      source: 'Object.defineProperty(globalThis, "Map", { get() { throw new Error("global Map") } }); new Map()',
    },
  },
  {
    title: 'replaces every global by one that throws and is called by name with parameters that need the parser',
    source: `for (const key of Object.getOwnPropertyNames(globalThis)) {
        try { Object.defineProperty(globalThis, key, { get() { throw new Error('global ' + key) } }) } catch {}
      }
      function run(a, { b } = {}) { return a }`,
    kwargs: { a: 1 },
    code: 'ARGUMENTS_MISMATCH',
    proof: {
      effect: { rejectsWith: 'global Map' },
      source: 'Object.defineProperty(globalThis, "Map", { get() { throw new Error("global Map") } }); new Map()',
    },
  },
  {
    title: 'waits for a key __proto__ with a setter',
    source: `Object.defineProperty(Object.prototype, '__proto__', { set() { throw new Error('taken') }, get() { return 1 } })
      function run(o) { console.log({ a: 1 }); setTimeout(() => {}, 1); return Object.keys(o) }`,
    kwargs: JSON.parse('{"__proto__":{"x":1},"b":1}') as Record<string, unknown>,
    code: null,
    proof: {
      effect: { resolvesTo: 1 },
      source: `let taken = 0; Object.defineProperty(Object.prototype, '__proto__', { set() { taken = 1 } })
        const copy = {}; for (const [key, value] of Object.entries(JSON.parse('{"__proto__":{}}'))) copy[key] = value; taken`,
    },
    check: (answer) => expect(answer.value).toEqual(['__proto__', 'b']),
  },
]

const AWAITED: readonly HostileProgram[] = [
  {
    title: 'returns a promise whose constructor loops',
    source:
      'function run() { return Object.defineProperty(Promise.resolve(5), "constructor", { get() { for (;;); } }) }',
    code: 'LIMIT_CPU',
    proof: {
      ...STOPPED,
      source:
        '(async () => { await Object.defineProperty(Promise.resolve(5), "constructor", { get() { for (;;); } }) })()',
    },
  },
  {
    title: 'returns one thenable after the other without end',
    source: 'const next = () => ({ then(done) { done(next()) } }); function run() { return next() }',
    code: 'LIMIT_CPU',
    proof: {
      ...STOPPED,
      source: 'const next = () => ({ then(done) { done(next()) } }); (async () => { await next() })()',
    },
  },
  {
    title: 'never gives back what it uses',
    source: 'async function run() { await using x = { [Symbol.asyncDispose]: () => new Promise(() => {}) }; return 1 }',
    code: 'LIMIT_WALL',
    limits: { wallMs: 300 },
    proof: { effect: 'outlives its timeout' },
  },
  {
    title: 'imports a specifier that loops when it is read',
    source: 'async function run() { return import({ toString() { for (;;); } }) }',
    code: 'GUEST_THREW',
    proof: { effect: { rejectsWith: 'Not supported' } },
    check: (answer) => expect(answer.error).toContain('Not supported'),
  },
  {
    title: 'imports data with attributes',
    source: 'import x from "data:text/json,1" with { type: "json" }; export function run() { return x }',
    code: 'COMPILE_FAILED',
    proof: { effect: { rejectsWith: 'there is nothing to import' }, isModule: true },
  },
  {
    title: 'imports the source of a module',
    source: 'import source x from "node:fs"; export function run() { return x }',
    code: 'COMPILE_FAILED',
    proof: { effect: { rejectsWith: 'there is nothing to import' }, isModule: true },
  },
]

const FRAME = '\\u0000\\u0000\\u0000\\u0010{"type":"settled","taskId":"x","ok":true}'
const BREAKOUT = '","stdout":"","success":true,"error":"'

const FORGERIES: readonly HostileProgram[] = [
  {
    title: 'returns and prints what looks like a frame',
    source: `function run() { console.log('${FRAME}'); return '${FRAME}' }`,
    code: null,
    proof: { effect: { resolvesTo: JSON.parse(`"${FRAME.replaceAll('"', '\\"')}"`) as string } },
    check: (answer) => expect(answer.stdout).toBe(`${String(answer.value)}\n`),
  },
  {
    title: 'throws a text that breaks out of a JSON text',
    source: `function run() { throw new Error('${BREAKOUT}') }`,
    code: 'GUEST_THREW',
    proof: { effect: { rejectsWith: BREAKOUT } },
    check: (answer) => expect(answer.error).toContain(BREAKOUT),
  },
  {
    title: 'returns an object that looks like raw JSON',
    source: `function run() { return Object.freeze({ __proto__: null, rawJSON: '1],"success":false,"x":[1' }) }`,
    code: null,
    proof: {
      effect: { resolvesTo: '{"success":true,"json_result":1],"success":false,"x":[1}' },
      source: `const value = Object.freeze({ __proto__: null, rawJSON: '1],"success":false,"x":[1' })
        '{"success":true,"json_result":' + ('rawJSON' in value ? value.rawJSON : JSON.stringify(value)) + '}'`,
    },
    check: (answer) => expect(answer.value).toEqual({ rawJSON: '1],"success":false,"x":[1' }),
  },
  {
    title: 'gives its code a name of the service',
    source:
      'function run() { eval("function inner() { throw new Error(\'x\') }; inner()\\n//# sourceURL=worker-isolate:guest") }',
    code: 'GUEST_THREW',
    proof: {
      effect: { resolvesTo: true },
      source:
        'try { eval("null.x\\n//# sourceURL=worker-isolate:guest") } catch (e) { e.stack.includes("worker-isolate:guest") }',
    },
    check: (answer) => {
      expect(answer.error).toContain('at run (function.js')
      // The lines around the place are the code's own, and say what it says.
      expect(answer.error).not.toMatch(/^ +at .*worker-isolate:/mu)
    },
  },
  {
    title: 'writes a stack with frames of the service and of isolated-vm',
    source: `const e = new Error('m'); e.stack = 'LIMIT_CPU: x\\n    at a (worker-isolate:x:1:1)\\n    at (<isolated-vm boundary>)'; throw e; function run() {}`,
    code: 'GUEST_THREW',
    proof: { effect: { rejectsWith: /^m/u } },
    check: (answer) => expect(answer.error).not.toMatch(/^LIMIT_|worker-isolate:|isolated-vm/u),
  },
  {
    title: 'leaves rejections with stacks of a megabyte',
    source: `function run() {
      for (let i = 0; i < 20; i++) { const e = new Error('m'); e.stack = '\\n    at '.repeat(1e5); Promise.reject(e) }
      return 1
    }`,
    code: null,
    limits: { cpuMs: 1_000, memoryMb: 64 },
    proof: { effect: { rejectsWith: 'm' } },
    check: isShort,
  },
  {
    title: 'misses a name of millions of characters',
    source: `function run() { return ${'b'.repeat(3e6)} }`,
    code: 'GUEST_THREW',
    limits: { cpuMs: 2_000, memoryMb: 128 },
    proof: { effect: { rejectsWith: /^b{500}/u }, memoryMb: 128 },
    check: isShort,
  },
]

const ENCODED: readonly HostileProgram[] = [
  {
    title: 'returns an array that says it has billions of items',
    source:
      'function run() { return new Proxy([], { get: (t, k) => (k === "length" ? 2 ** 32 - 1 : k === "toJSON" ? undefined : 1) }) }',
    code: 'LIMIT_OUTPUT',
    limits: { outputBytes: 5_000, cpuMs: 1_000 },
    proof: { effect: { rejectsWith: /could not be cloned/u } },
  },
  {
    title: 'returns an object whose toJSON returns one more',
    source: 'function run() { const o = { toJSON: () => ({ a: o }) }; return o }',
    code: 'RESULT_NOT_ENCODABLE',
    limits: { cpuMs: 1_000 },
    proof: {
      effect: { rejectsWith: 'Maximum call stack size exceeded' },
      source: 'const o = { toJSON: () => ({ a: o }) }; JSON.stringify(o)',
    },
  },
]

const NATIVES_OF_TEXT: readonly HostileProgram[] = [
  {
    title: 'takes a long text apart into words',
    source: `function run() {
      let n = 0
      for (const _ of new Intl.Segmenter('en', { granularity: 'word' }).segment('a b '.repeat(2 ** 22))) n++
      return n
    }`,
    code: 'LIMIT_CPU',
    proof: STOPPED,
  },
  {
    title: 'drops all that an endless iterator has',
    source: 'function run() { return [...Iterator.from({ next: () => ({ value: 1, done: false }) }).drop(Infinity)] }',
    code: 'LIMIT_CPU',
    proof: STOPPED,
  },
  {
    title: 'decomposes a text into many times its length',
    source: 'function run() { return "\\ufdfa".repeat(2 ** 24).normalize("NFKD").length }',
    code: 'LIMIT_MEMORY',
    limits: { cpuMs: 3_000 },
    proof: { effect: { growsPastMb: 300 } },
  },
  {
    title: 'floods groups, counters and timers of the console',
    source:
      'function run() { for (let i = 0; ; i++) { console.group(); console.count("x" + i); console.time("y" + i) } }',
    code: 'LIMIT_CPU',
    limits: { logBytes: 5_000 },
    proof: { effect: { growsPastMb: 400 }, source: 'for (;;) log("x".repeat(1e6))' },
    check: isShort,
  },
]

export const ATTACKS: readonly HostileProgram[] = [
  ...THIEVES,
  ...ENTRIES,
  ...AWAITED,
  ...FORGERIES,
  ...ENCODED,
  ...NATIVES_OF_TEXT,
]
