// Pickles in: which JavaScript value each Python type becomes, and what is refused in which words.
import { describe, expect, test } from 'vitest'
import { isCodecError } from '../../../sandbox/src/codec/codec-error.ts'
import { decodePickle } from '../../../sandbox/src/codec/pickle/decode.ts'
import { decodeOpcodes, refusal, TYPE } from './codec.ts'

const refused = (opcodes: string): string => refusal(() => decodeOpcodes(opcodes)).message
const text = (value: string): string => `\x8c${String.fromCharCode(value.length)}${value}`
const global = (module: string, name: string): string => `${text(module)}${text(name)}\x93`
const typeOf = (value: unknown): unknown => (value as { readonly [TYPE]?: unknown })[TYPE]

describe('base64', () => {
  test.each([
    ['', 'Ran out of input'],
    ['!!!', 'Ran out of input'],
    ['gAV', 'Incorrect padding'],
    ['gAVLB', 'number of data characters (5) cannot be 1 more than a multiple of 4'],
    ['gAVL✓BS4=', 'string argument should contain only ASCII characters'],
  ])('%j is refused as Python refuses it', (base64, words) => {
    expect(refusal(() => decodePickle(base64)).message).toContain(words)
  })

  test.each(['gAVLBS4=', 'gA VL\nBS4=', '!gAVL*BS4=', 'gAVLBS4=====', 'gAVLBS4=gAVLBi4=', 'g=AVLBS4='])(
    '%j is 5: other characters are dropped, and padding ends the text',
    (base64) => {
      expect(decodePickle(base64)).toBe(5)
    },
  )

  test('a long text with a foreign character gives the same bytes as without', () => {
    const base64 = Buffer.from(`\x80\x05C\x64${'x'.repeat(100)}.`, 'latin1').toString('base64')
    const dirty = `${base64.slice(0, 50)}-\r\n_${base64.slice(50)}`
    expect(decodePickle(dirty)).toEqual(new Uint8Array(100).fill(0x78))
    expect(decodePickle(dirty)).toEqual(decodePickle(base64))
  })
})

describe('scalars', () => {
  test.each([
    ['I01\n.', true],
    ['I00\n.', false],
    ['I-7\n.', -7],
    ['L12L\n.', 12],
    ['L9007199254740993L\n.', 9_007_199_254_740_993n],
    ['F-1e-3\n.', -0.001],
    ['Fnan\n.', Number.NaN],
    ['F-inf\n.', -Infinity],
    ['G\x80\0\0\0\0\0\0\0.', -0],
    ['\x8a\0.', 0],
    ['\x8a\x01\xff.', -1],
    ['\x8a\x07\xff\xff\xff\xff\xff\xff\x1f.', Number.MAX_SAFE_INTEGER],
    ['\x8a\x07\0\0\0\0\0\0\x20.', 2n ** 53n],
    ['\x8b\x03\0\0\0\x00\x00\x80.', -8_388_608],
    ["S'a\\'\\x41\\n\\101'\n.", "a'A\nA"],
    ['S"it\'s"\n.', "it's"],
    ['U\x02ab.', 'ab'],
    ['Va\\u20ac\\U0001F600\\x\n.', 'a€😀\\x'],
    ['\x8c\x03\xed\xa0\x80.', '\ud800'],
    ['X\x04\0\0\0\xf0\x9f\x98\x80.', '😀'],
  ])('%j is %o', (opcodes, value) => {
    expect(decodeOpcodes(opcodes)).toBe(value)
  })

  test.each([
    ['I011\n.', 'could not convert string to int'],
    ['Lx\n.', 'could not convert string to int'],
    ['F1_0\n.', 'could not convert string to float'],
    ['F1e999\n.', 'value too large to convert to float'],
    ["S'a\n.", 'the STRING opcode argument must be quoted'],
    ["S'\\xe9'\n.", "'ascii' codec can't decode byte 233"],
    ['U\x01\xe9.', "'ascii' codec can't decode byte 233"],
    ['Va\\u12\n.', "'rawunicodeescape' codec"],
    ['\x8c\x01\xff.', "'utf-8' codec can't decode byte 255"],
    ['\x8c\x02\xc0\x80.', "'utf-8' codec can't decode byte 192"],
    ['\x8c\x02\xe2\x82.', "'utf-8' codec can't decode"],
    ['\x8c\x04\xf4\x90\x80\x80.', "'utf-8' codec can't decode byte 244"],
    ['\x8c\x05ab', 'pickle data was truncated'],
    ['\x80\x06N.', 'unsupported pickle protocol: 6'],
    ['\x95\xff\0\0\0\0\0\0\0N.', 'pickle data was truncated'],
    ['N', 'Ran out of input'],
    ['.', 'unpickling stack underflow'],
    ['(.', 'unpickling stack underflow'],
    ['e.', 'could not find MARK'],
    ['h\x05.', 'Memo value not found at index 5'],
    ['}(K\x01u.', 'odd number of items'],
    ['z.', "invalid load key, 'z'."],
    ['\xff.', "invalid load key, '\\xff'."],
  ])('%j is refused: %s', (opcodes, words) => {
    expect(refused(opcodes)).toContain(words)
  })
})

describe('dicts', () => {
  test('the type depends on the keys and not on their order', () => {
    const inOrder = decodeOpcodes(`}(${text('9')}K\x01${text('10')}K\x02u.`) as object
    const other = decodeOpcodes(`}(${text('10')}K\x02${text('9')}K\x01u.`) as object
    expect(other).toEqual(inOrder)
    expect(Object.getPrototypeOf(other)).toBe(Object.prototype)
    expect(Object.getOwnPropertySymbols(inOrder)).toEqual([])
    expect((other as { readonly [key: symbol]: unknown })[Symbol.for('python.keys')]).toEqual(['10', '9'])
  })

  test('one key that is no string makes a Map of all', () => {
    expect(decodeOpcodes(`}(${text('a')}K\x01K\x02K\x03u.`)).toEqual(
      new Map<unknown, unknown>([
        ['a', 1],
        [2, 3],
      ]),
    )
  })

  test('a key that comes later and is no string makes a Map of what was an object', () => {
    const opcodes = `}(${text('10')}K\x01${text('9')}K\x02uNK\x03s.`
    expect([...(decodeOpcodes(opcodes) as Map<unknown, unknown>)]).toEqual([
      ['10', 1],
      ['9', 2],
      [null, 3],
    ])
  })

  test('__proto__ and other names of Object.prototype are keys like any other', () => {
    const dict = decodeOpcodes(`}(${text('__proto__')}}${text('x')}K\x01s${text('toString')}K\x02u.`) as object
    expect(Object.keys(dict)).toEqual(['__proto__', 'toString'])
    expect(Object.getPrototypeOf(dict)).toBe(Object.prototype)
    expect(({} as { readonly x?: unknown }).x).toBeUndefined()
  })

  test.each([
    ['an object', `}q\0${text('a')}h\0s.`, (dict: object) => (dict as { readonly a: unknown }).a],
    ['a Map', '}q\0K\x01h\0s.', (dict: object) => (dict as Map<unknown, unknown>).get(1)],
    [
      'an OrderedDict',
      `${global('collections', 'OrderedDict')})Rq\0K\x01h\0s.`,
      (dict: object) => (dict as Map<unknown, unknown>).get(1),
    ],
  ])('%s may hold itself', (_, opcodes, member) => {
    const dict = decodeOpcodes(opcodes) as object
    expect(member(dict)).toBe(dict)
  })

  test('a dict that is in use before its first keys come is one value everywhere', () => {
    // [d, d] where d gets the key 1 only after it stands in the list twice.
    const list = decodeOpcodes(']q\0}q\x01ah\x01ah\x01K\x01K\x02s0.') as readonly unknown[]
    expect(list[0]).toEqual(new Map([[1, 2]]))
    expect(list[1]).toBe(list[0])
  })

  test.each([']', '}', '\x8f', '\x96\x01\0\0\0\0\0\0\0x'])('what Python cannot hash is no key: %j', (key) => {
    expect(refused(`}${key}Ns.`)).toContain('unhashable type')
  })

  test('more than one NaN as key is refused, since a Map holds one', () => {
    expect(refused('}(Fnan\nNFnan\nNu.')).toContain('NaN')
    expect(refused('\x8f(Fnan\nFnan\n\x90.')).toContain('NaN')
  })
})

describe('sequences and sets', () => {
  test('a tuple is an array that loops and compares like any other, and says what it is', () => {
    const value = decodeOpcodes('K\x01K\x02\x86.') as number[]
    expect(value).toEqual([1, 2])
    expect(value.map((item) => item + 1)).toEqual([2, 3])
    expect(Object.keys(value)).toEqual(['0', '1'])
    expect(typeOf(value)).toBe('tuple')
    expect(typeOf(decodeOpcodes('].'))).toBeUndefined()
  })

  test('a tuple and a list that hold each other are the same objects', () => {
    const value = decodeOpcodes(']q\0(h\0tq\x01ah\x01.') as unknown[][]
    expect(value[0]?.[0]).toBe(value)
  })

  test('sets of both kinds', () => {
    expect(decodeOpcodes('\x8f(K\x01K\x02\x90.')).toEqual(new Set([1, 2]))
    expect(typeOf(decodeOpcodes('(K\x01\x91.'))).toBe('frozenset')
    expect(decodeOpcodes(`c__builtin__\nset\n](K\x01K\x02e\x85R.`)).toEqual(new Set([1, 2]))
  })

  test('a tuple and a frozenset cannot be changed afterwards', () => {
    expect(refused(')K\x01a.')).toContain('needs a list')
    expect(refused('(\x91(K\x01\x90.')).toContain('needs a set')
  })
})

describe('globals', () => {
  test.each([
    ['cposix\nsystem\n(Vid\ntR.', 'posix.system'],
    [`${global('os', 'system')}.`, 'os.system'],
    [`${global('builtins', 'eval')}${text('1')}\x85R.`, 'builtins.eval'],
    [`${global('cloudpickle.cloudpickle', '_make_function')}.`, 'cloudpickle.cloudpickle._make_function'],
    [`${global('builtins', 'getattr')}.`, 'builtins.getattr'],
    [`${global('toString', 'constructor')}.`, 'toString.constructor'],
    [`${global('', '__proto__')}.`, '.__proto__'],
  ])('%j is refused by name', (opcodes, name) => {
    expect(refused(opcodes)).toContain(`The pickle refers to ${name}, which is not accepted`)
  })

  test.each([
    [`${global('datetime', 'date')}.`, 'datetime.date is a class or function'],
    [`]${global('datetime', 'date')}a.`, 'is not data'],
    [`}${text('a')}${global('builtins', 'set')}s.`, 'is not data'],
    [`${global('builtins', 'set')}\x85.`, 'is not data'],
    [`\x8f(${global('builtins', 'set')}\x90.`, 'is not data'],
    [`${global('uuid', 'UUID')})\x81.`, 'unfinished'],
    [`${global('numpy', 'dtype')}${text('f8')}\x85R.`, 'is not data'],
    [`${global('builtins', 'int')}${text('5')}\x85R.`, 'builtins.int cannot be called'],
    [`${global('decimal', 'Decimal')}${text('x')}\x85R.`, 'decimal.Decimal has arguments that are not those of data'],
    [`${global('datetime', 'date')}C\x04\x07\xea\x0d\x01\x85R.`, 'datetime.date has arguments'],
    [`}${text('a')}}b.`, 'BUILD'],
    [`${global('builtins', 'set')})}${text('a')}Ns\x92.`, 'NEWOBJ_EX'],
    [
      `${global('numpy', 'dtype')}${text('O8')}\x85Rq\0${global('numpy._core.numeric', '_frombuffer')}(C\0h\0)${text('C')}tR.`,
      "numpy.dtype('O8')",
    ],
  ])('%j gives no value: %s', (opcodes, words) => {
    expect(refused(opcodes)).toContain(words)
  })

  test.each([
    ['Pid\n.', 'PERSID'],
    ['NQ.', 'BINPERSID'],
    ['\x82\x01.', 'EXT1'],
    ['\x83\x01\0.', 'EXT2'],
    ['\x84\x01\0\0\0.', 'EXT4'],
    ['(ios\nsystem\n.', 'INST'],
    ['(o.', 'OBJ'],
    ['\x97.', 'NEXT_BUFFER'],
    ['\x98.', 'READONLY_BUFFER'],
  ])('%j is refused: %s', (opcodes, name) => {
    expect(refused(opcodes)).toBe(`The pickle uses ${name}, which is not accepted`)
  })
})

describe('bounds', () => {
  test('a value may be nested 1000 levels deep, and no deeper', () => {
    const nested = (levels: number): string => `${']'.repeat(levels)}${'a'.repeat(levels - 1)}.`
    expect(decodeOpcodes(nested(1000))).toHaveLength(1)
    expect(refused(nested(1001))).toBe('The value is nested 1001 levels deep; the limit is 1000')
    expect(refused(`)${'\x85'.repeat(1000)}.`)).toContain('the limit is 1000')
  })

  test.each([
    ['('.repeat(2001), 'More than 2000 marks'],
    ['Nr\x00\x09\x3d\0.', 'The memo has entry 4000000; the limit is 4000000 entries'],
    [`\x8b\x01\0\x10\0${'x'.repeat(1_048_577)}.`, 'An integer has 1048577 bytes; the limit is 1048576 bytes'],
    [`I${'1'.repeat(4400)}\n.`, 'the limit is 4300'],
  ])('%#: %s', (opcodes, words) => {
    expect(refused(opcodes)).toContain(words)
  })

  test('what the errors are made of cannot be forged', () => {
    const forged = { ...refusal(() => decodeOpcodes('z')) }
    expect(isCodecError(forged)).toBe(false)
    expect(isCodecError(new Proxy({}, {}))).toBe(false)
  })
})
