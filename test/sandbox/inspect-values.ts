// Generators of values whose text Node and the guest's console must agree on.
import fc from 'fast-check'

class Instance {
  constructor(properties: object) {
    Object.assign(this, properties)
  }
}
class Derived extends Instance {}

const FIXED = [undefined, null, -0, Number.NaN, /x/g, () => 1, function named() {}, class Shape {}, new Instance({})]

/** Assigned characters only: Node and the console differ in the width of others, by which columns are laid out. */
const text = (maxLength: number) =>
  fc.oneof(
    fc.string({ maxLength }),
    fc.string({ unit: 'grapheme', maxLength }),
    fc.string({ unit: 'binary-ascii', maxLength }),
  )

function leaves() {
  return fc.oneof(
    text(100),
    fc.double(),
    fc.integer(),
    fc.bigInt(),
    fc.boolean(),
    fc.date({ noInvalidDate: false }),
    text(10).map((description) => Symbol(description)),
    fc.uint8Array({ maxLength: 30 }),
    fc.float32Array({ maxLength: 12 }),
    fc.constantFrom(...FIXED),
  )
}

const keys = () =>
  fc.oneof(
    fc.constantFrom('a', 'b', 'name', 'id'),
    text(12).filter((key) => key !== '__proto__'),
  )

/** Nested objects, arrays with and without holes, maps, sets and instances of classes. */
export function plainValues(): fc.Arbitrary<unknown> {
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', maxDepth: 5 },
      leaves(),
      fc.array(tie('value'), { maxLength: 12 }),
      fc.array(fc.integer(), { maxLength: 130 }),
      fc.array(text(12), { maxLength: 130 }),
      fc.sparseArray(tie('value'), { maxLength: 20 }),
      fc.dictionary(keys(), tie('value'), { maxKeys: 12 }),
      fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 8 }).map((entries) => new Map(entries)),
      fc.array(tie('value'), { maxLength: 8 }).map((entries) => new Set(entries)),
      fc.dictionary(keys(), tie('value'), { maxKeys: 3 }).map((properties) => new Derived(properties)),
    ),
  }))
  return value
}
