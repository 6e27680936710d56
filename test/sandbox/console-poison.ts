// A program that replaces everything a guest can reach, and notes whoever asks a replacement for anything.

/** Values of many kinds, made while the built-ins are still there. */
export const SUBJECTS = `
const subjects = {
  map: new Map([[1, { a: 2 }]]), set: new Set(['q']), date: new Date(0), pattern: /x/gi, fn: () => 1, bytes: new Uint8Array(3),
  wrapped: Object('str'), symbol: Symbol('s'), proxy: new Proxy({ p: 1 }, {}), weak: new WeakMap(), promise: Promise.resolve(1),
  bare: Object.create(null), derived: new (class Derived extends Map {})(), args: (function () { return arguments })(1),
  buffer: new ArrayBuffer(3), view: new DataView(new ArrayBuffer(1)), numbers: Array.from({ length: 120 }, (_, i) => i),
  cls: class Shape extends Map {}, generator: (function* () {})(), asyncFn: async () => {}, bigs: new BigInt64Array(2),
  deep: { a: { b: { c: { d: 1 } } } }, symbols: { [Symbol('k')]: 1 }, texts: Array(101).fill('ab'), sparse: (() => { const list = []; list[20000] = 1; return list })(),
  bound: (function named() {}).bind(null), tag: Object.create({ [Symbol.toStringTag]: 'Tag' }), own: { toString() { return 'own' } },
  error: new RangeError('r', { cause: new Error('c') }), rows: new Map([[1, 2]]),
};
subjects.circle = {}; subjects.circle.self = subjects.circle`

/** Statements of the guest that print the subjects without asking a built-in themselves. */
export const SHOW = `
console.log('plain', 1, -0, true, undefined);
console.log({ a: 1, b: [1, 2, { c: 'x' }], 'k-y': subjects.symbol }, [1, 2, 3, 4, 5, 6, 7, 8], subjects.map, subjects.set, subjects.date, subjects.pattern, subjects.fn, 1n, [, 1]);
console.log(subjects.bytes, subjects.wrapped, subjects.circle, subjects.numbers, subjects.cls, subjects.generator, subjects.asyncFn, subjects.bigs, subjects.symbols, subjects.texts, subjects.sparse, subjects.bound, subjects.tag);
console.log('%s %s %d %i %f %j %o %O %c%%', { a: 1 }, subjects.own, '5', '6.5', '7.5', { j: 1 }, [1], { z: {} }, 'css');
console.table([{ a: 1, b: 2 }, { a: 3 }]); console.table(subjects.rows); console.table(subjects.set); console.table([1, 2], ['x']);
console.group('g'); console.log('in\\nside'); console.groupEnd();
console.count(); console.count('x'); console.countReset('zz'); console.assert(false, 'a %s', 1); console.timeEnd('none'); console.time('t'); console.time('t');
console.dir(subjects.deep, { depth: 0 }); console.log('%o', { f: subjects.fn, u: subjects.bytes });
console.log(subjects.proxy, subjects.weak, subjects.promise, ['日本', 'é', 'z', '日本', 'é', 'z', 'y', '日本']);
console.log({ get a() { return 1 }, set b(v) {} }, subjects.bare, subjects.derived, subjects.args, subjects.buffer, subjects.view);
console.log("it's", ["it's", '\\n\\x01\\ud800'], subjects.error)`

/**
 * Replaces every function and getter that can be reached from the global object and from the classes without a name by one
 * that notes its use, and puts getters and setters for the names of records and the indexes of arrays on the prototypes.
 */
export const POISON = `
let hits = ''; let armed = false;
{
  const hit = (what) => { if (armed && hits.length < 2000) hits += what + ', ' };
  const { ownKeys, getOwnPropertyDescriptor, defineProperty, getPrototypeOf } = Reflect;
  const found = new Set();
  const queue = [globalThis, (function* () {})(), (async function* () {})(), [][Symbol.iterator](), new Map().entries(), new Set().values(), ''[Symbol.iterator](), async () => {}, function* () {}, async function* () {}, /x/[Symbol.matchAll]('')];
  for (const object of queue) {
    if (found.has(object) || object === console || object === subjects) continue;
    found.add(object);
    for (const key of ownKeys(object)) {
      const { value, get, set } = getOwnPropertyDescriptor(object, key);
      for (const next of [value, get, set]) if ((typeof next === 'object' && next !== null) || typeof next === 'function') queue.push(next);
    }
    const prototype = getPrototypeOf(object);
    if (prototype !== null) queue.push(prototype);
  }
  const targets = [];
  for (const object of found) {
    for (const key of ownKeys(object)) {
      const { configurable, value, get } = getOwnPropertyDescriptor(object, key);
      // Names of classes are read off constructors, and the program needs the console.
      const isKept = key === 'constructor' || key === 'console' || (object === globalThis && key === 'globalThis');
      if (configurable && !isKept && (typeof value === 'function' || get !== undefined)) targets.push([object, key, String(key)]);
    }
  }
  const names = ['value', 'get', 'set', 'writable', 'enumerable', 'configurable', 'kind', 'tag', 'base', 'open', 'close', 'areNumbers', 'depth', 'characters', 'visits',
    'seen', 'circular', 'indentation', 'text', 'next', 'done', 'index', 'indices', 'groups', 'input', 'head', 'named', 'columns', 'values', 'log', 'indent', 'counts', 'starts',
    ...Array(130).keys()];
  const prototypes = [Object, Array, Function, String, Number, Boolean, Symbol, BigInt, RegExp, Map, Set].map((one) => one.prototype);
  for (const prototype of prototypes) {
    for (const name of names) if (!Object.hasOwn(prototype, name)) targets.push([prototype, name, 'inherited ' + name]);
  }
  for (let at = 0; at < targets.length; at++) {
    const name = targets[at][2];
    const inherited = name[0] === 'i' && name[1] === 'n' && name[2] === 'h';
    defineProperty(targets[at][0], targets[at][1], {
      __proto__: null,
      configurable: true,
      get() { hit('get ' + name); return inherited ? undefined : function () { hit('call ' + name); return this } },
      set() { hit('set ' + name) },
    });
  }
  globalThis.__proto__ = undefined;
}
const disarm = () => { armed = false; return hits }`

export const ARM = 'armed = true'
