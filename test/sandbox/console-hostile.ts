// Programs that try to make the console throw, hang, fill the memory or write without bound, and what they print.

interface Hostile {
  readonly source: string
  /** The whole text, or parts of it. */
  readonly expected: string | readonly string[]
}

const CUT = '... [cut: one call shows at most 131072 characters of at most 50000 values]'
const HIDDEN = '<cannot be inspected>'

export const HOSTILE: Readonly<Record<string, Hostile>> = {
  'getters that throw': {
    source: `console.log({ get a() { throw 1 }, set b(v) {} }, { get constructor() { throw 3 } }, { get [Symbol.toStringTag]() { throw 1 } });
      class Named { static get name() { throw 4 } }
      console.log(new Named(), Named);
      console.table([{ get a() { throw 1 } }]); console.table({ get a() { throw 1 } })`,
    expected: [
      '{ a: [Getter], b: [Setter] } { constructor: [Getter] } { Symbol(Symbol.toStringTag): [Getter] }\n',
      '{} [class (anonymous)]\n',
      '│ [Getter] │',
    ],
  },
  'proxies whose every trap throws': {
    source: `const traps = new Proxy({}, { get() { throw new Error('trap') } });
      console.log(new Proxy({}, traps), new Proxy([], traps), new Proxy(() => 1, traps), [new Proxy({}, traps)], { a: new Proxy({}, traps) });
      console.table(new Proxy({}, traps)); console.dir(1, new Proxy({}, traps)); console.table([1], new Proxy([], traps));
      console.log('%s %d %i %f %j %o %O', ...Array(7).fill(new Proxy({}, traps)))`,
    expected: [`${HIDDEN} ${HIDDEN} ${HIDDEN} [ ${HIDDEN} ] { a: ${HIDDEN} }\n`, `${HIDDEN} NaN NaN NaN `],
  },
  'proxies with one trap that throws': {
    source: `for (const trap of Reflect.ownKeys(Reflect)) console.log(new Proxy({ a: 1 }, { [trap]() { throw 1 } }), new Proxy([1], { [trap]() { throw 1 } }))`,
    expected: ['{ a: 1 } [ 1 ]', `${HIDDEN} ${HIDDEN}`],
  },
  'revoked proxies': {
    source: `const { proxy, revoke } = Proxy.revocable({}, {}); revoke();
      console.log(proxy, [proxy]); console.table(proxy); console.dir(proxy, proxy); console.log('%s|%d|%j', proxy, proxy, proxy)`,
    expected: ['<Revoked Proxy> [ <Revoked Proxy> ]\n', '<Revoked Proxy>|NaN|<cannot be written as JSON>'],
  },
  'a chain of prototypes without end': {
    source: `const endless = () => new Proxy({}, { getPrototypeOf: endless }); console.log(endless()); console.log('%s', endless())`,
    expected: ['Object <Complex prototype>'],
  },
  'a proxy with many keys': {
    source: `console.log(new Proxy({}, { ownKeys: () => Array.from({ length: 1e5 }, (_, i) => 'k' + i), getOwnPropertyDescriptor: () => ({ value: 1, configurable: true, enumerable: true }) }))`,
    expected: ['k0: 1,', CUT],
  },
  'a proxy of an array with a length of its own': {
    source: `console.log(new Proxy([], { getOwnPropertyDescriptor(target, key) { return key === 'length' ? { value: 4e9, writable: true, enumerable: false, configurable: false } : Reflect.getOwnPropertyDescriptor(target, key) } }))`,
    expected: '[ <4000000000 empty items> ]',
  },
  'large arrays, dense and sparse': {
    source: `console.log(new Array(2e6).fill(1)); console.log(new Uint8Array(5e7)); console.log(new Array(4294967295)); const far = []; far[4e9] = 1; console.log(far);
      console.table(new Uint8Array(1e7)); console.table(new Array(4294967295))`,
    expected: [
      '... 1999900 more items',
      'Uint8Array(50000000) [',
      '[ <4294967295 empty items> ]',
      '[ <4000000000 empty items>, 1 ]',
    ],
  },
  'an object with many keys': {
    source: `const many = {}; for (let i = 0; i < 2e5; i++) many['k' + i] = i; console.log(many); const symbols = {}; for (let i = 0; i < 5e4; i++) symbols[Symbol(i)] = i; console.log(symbols)`,
    expected: ['k1: 1,', 'Symbol(1): 1,', CUT],
  },
  'long texts of every kind': {
    source: `const long = 'x'.repeat(1e7);
      console.log(long); console.log([long]); console.log({ [long]: 1 }); console.log(Symbol(long)); console.log({ [Symbol(long)]: 1 }); console.log('\\n'.repeat(1e6)); console.log(['\\n'.repeat(1e6)]);
      console.log(Object.defineProperty(() => 1, 'name', { value: long })); console.log(new RegExp('r'.repeat(1e6))); console.log({ __proto__: { [Symbol.toStringTag]: long } });
      console.log(new Error(long)); console.log(Object.assign(new Error('x'), { name: long, code: long })); console.log(10n ** 200000n);
      console.log(new (Object.defineProperty(class {}, 'name', { value: long }))()); console.count(long); console.time(long); console.timeEnd(long);
      console.table([{ [long]: 1 }]); console.table({ [long]: { a: long } }); console.assert(false, long); console.trace(long); console.dir(long); console.dir([long], { maxStringLength: Infinity });
      console.log('%s%s%s', long, long, long); console.log('%s'.repeat(1e6), 1, 2); console.log('%j', { long }); console.log(long, ...Array(100).fill(long)); console.group(long)`,
    expected: [CUT, '... 9990000 more characters'],
  },
  'a surrogate pair at the bound': {
    source: `console.log('\\u{1F600}'.repeat(7e4)); console.log('x' + '\\u{1F600}'.repeat(7e4))`,
    expected: [`\u{1f600}\n${CUT}\n`],
  },
  'wide values': {
    source: `let wide = [1]; for (let i = 0; i < 4; i++) wide = Array(100).fill(wide); console.log(wide); console.dir(wide, { depth: null });
      let empty = ''; for (let i = 0; i < 5; i++) empty = Array(100).fill(empty); console.dir(empty, { depth: Infinity, maxArrayLength: Infinity, breakLength: 1 });
      console.log(...Array(1e5).fill({})); console.log('%s'.repeat(1e5), ...Array(1e5).fill('bb'))`,
    expected: [CUT],
  },
  'deep values': {
    source: `let deep = {}; for (let i = 0; i < 1e5; i++) deep = { deep }; console.log(deep); console.dir(deep, { depth: null }); console.log('%o', deep);
      let list = []; for (let i = 0; i < 1e5; i++) list = [list]; console.dir(list, { depth: 1e9, breakLength: 1 });
      let error = new Error('0'); for (let i = 0; i < 1e4; i++) error = new Error(i, { cause: error }); console.dir(error, { depth: null });
      let map = new Map(); for (let i = 0; i < 1e4; i++) map = new Map([[map, map]]); console.dir(map, { depth: null })`,
    expected: ['{ deep: { deep: { deep: [Object] } } }', '[Array]', '[cause]: [Error]'],
  },
  'shared values that double with every level': {
    source: `let twice = {}; for (let i = 0; i < 60; i++) twice = { a: twice, b: twice }; console.dir(twice, { depth: null }); console.log('%o', twice)`,
    expected: [CUT],
  },
  circles: {
    source: `const error = new Error('x'); error.stack = 'Error: x'; error.cause = error; error.errors = [error]; console.log(error); const map = new Map(); map.set(map, map); console.log(map); const set = new Set(); set.add(set); console.log(set)`,
    expected: [
      '<ref *1> [Error: x] { cause: [Circular *1], errors: [ [Circular *1] ] }',
      '<ref *1> Map(1) { [Circular *1] => [Circular *1] }',
      '<ref *1> Set(1) { [Circular *1] }',
    ],
  },
  'a prepareStackTrace that does anything': {
    source: `const e = () => new Error('boo');
      Error.prepareStackTrace = () => { throw 1 }; console.log(e()); console.trace('t1');
      Error.prepareStackTrace = (error, sites) => sites; console.log(e()); console.trace('t2');
      Error.prepareStackTrace = () => 'S'.repeat(1e7); console.log(e()); console.trace('t3');
      Error.prepareStackTrace = () => ({ toString() { throw 1 } }); console.log(e()); console.trace('t4');
      Error.prepareStackTrace = () => '\\n    at x'.repeat(1e6); console.log(e()); console.trace('t5');
      Error.stackTraceLimit = 0; Error.prepareStackTrace = undefined; console.trace('t6'); console.log(e())`,
    expected: [
      '[Error: boo]\nTrace: t1\n',
      'Trace: t2\n',
      CUT,
      'Trace: t4\n',
      'Trace: t5\n    at x\n',
      'Trace: t6\n[Error: boo]\n',
    ],
  },
  'stacks that were written by hand': {
    source: `console.log(Object.assign(new Error('x'), { stack: 'Error: x' + '\\n    at y'.repeat(1e6) }));
      const frames = (name) => 'Error' + Array.from({ length: 5e4 }, (_, i) => '\\n    at ' + name + i).join('');
      console.log(Object.assign(new Error('d', { cause: Object.assign(new Error('c'), { stack: frames('c') }) }), { stack: frames('d') }));
      console.log(Object.defineProperty(new Error('g'), 'stack', { get() { throw 1 } })); console.log(Object.assign(new Error('o'), { stack: { a: { b: 1 } } }))`,
    expected: [CUT, '[Error: g]\n', '[Error: o\n    { a: { b: 1 } }]'],
  },
  'conversions that throw or return too much': {
    source: `const fail = () => { throw 1 };
      console.log('%s', { toString: fail }); console.log('%s', { toString: () => ({}) }); console.log('%d', { valueOf: fail }); console.log('%j', { toJSON: fail }); console.log('%j', 1n);
      console.log('%s', { toString: () => 'x'.repeat(1e7) }); console.count(Symbol('x'))`,
    expected: ['{ toString: [Function: fail] }', 'NaN\n<cannot be written as JSON>\n', 'Symbol(x): 1'],
  },
  'conversions that call the console': {
    source: `let calls = 0; const again = { toString() { calls++; console.log('%s', again); return '' } }; console.log('%s', again); if (calls < 50) throw new Error('calls: ' + calls)`,
    expected: [],
  },
  'calls at the end of the stack': {
    source: `let others = 0; const down = () => { try { down() } catch {} try { console.log({ a: [1] }) } catch (error) { if (!(error instanceof RangeError)) others++ } }; down(); console.log('others', others)`,
    expected: ['{ a: [ 1 ] }\n', 'others 0\n'],
  },
  'custom texts that throw, loop or return too much': {
    source: `const custom = Symbol.for('nodejs.util.inspect.custom');
      console.log({ [custom]() { throw 1 } }); console.log({ [custom]: () => 'x'.repeat(1e7) }); console.log([{ [custom]: () => '\\n'.repeat(1e6) }]);
      const map = new Map([[1, { [custom]() { for (let i = 0; i < 10; i++) map.set({}, 1); return 'grown' } }]]); console.log(map);
      const gone = new Map([[1, { [custom]() { gone.clear(); return 'gone' } }], [2, 2]]); console.log(gone); console.table(new Map([[1, { [custom]() { throw 1 } }]]))`,
    expected: [`${HIDDEN}\n`, CUT, '1 => grown', '1 => gone'],
  },
  'more groups than fit': {
    source: `for (let i = 0; i < 1e5; i++) console.group(); console.log('\\n'.repeat(1e6)); console.log({ a: 1 }); console.log('deep')`,
    expected: [`\n${' '.repeat(1_000)}deep\n`, CUT],
  },
  'tables with more rows and columns than fit': {
    source: `console.table(Array.from({ length: 3000 }, (_, i) => ({ ['k' + i]: i }))); console.table(Array.from({ length: 3000 }, (_, i) => ({ a: i, b: 'x'.repeat(100) })));
      console.table(new Map(Array.from({ length: 3000 }, (_, i) => [i, i]))); console.table(Array.from({ length: 100 }, () => 'x'.repeat(9000)));
      console.table([{ a: 1 }], { length: 1e9, 0: 'a' }); console.table([{ a: 1 }], [Symbol('x'), {}]); console.table(Array.from({ length: 3000 }, (_, i) => i))`,
    expected: ['│ k99 │', '... 2000 more rows\n', CUT],
  },
  'sources of functions': {
    source: `console.log(Function('/*' + 'x'.repeat(1e6) + '*/')); console.log('%s', Function('/*' + 'x'.repeat(1e6) + '*/')); console.log((0, eval)('(class /*' + 'x'.repeat(1e6) + '*/ {})'));
      console.log((0, eval)('({ class' + '/**/'.repeat(1e5) + '() {} }).class'))`,
    expected: ['[Function: anonymous]\n', CUT],
  },
  'buffers that are gone': {
    source: `const buffer = new ArrayBuffer(8); const bytes = new Uint8Array(buffer); const view = new DataView(buffer); buffer.transfer(); console.log(buffer); console.log(bytes); console.log(view)`,
    expected: 'ArrayBuffer { (detached), [byteLength]: 0 }\nUint8Array(0) []\nDataView {}',
  },
  'itself and the global object': {
    source: `console.log(console); console.log(globalThis); console.dir(globalThis, { showHidden: true, depth: null })`,
    expected: ['Object [console] {\n  log: [Function: log],', 'Infinity'],
  },
}
