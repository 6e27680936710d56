// Classes below those of the DOM, whose objects are made without asking what a program has put above the class by then.
import {
  construct,
  isObject,
  setPrototypeOf,
  TypeErrorIntrinsic,
  weakMapGet,
  WeakMapIntrinsic,
  weakMapSet,
} from '../../intrinsics.ts'
import { events } from '../host.ts'
import { shapeInterface } from '../interface.ts'

interface Constructor {
  new (...args: never): object
  readonly prototype: object
}

/** What the objects of one class have that those above it do not. */
export interface Below<Facts> {
  /** For the constructor of the class, to return. @param read is called when the class above has read its arguments. */
  readonly make: (args: unknown[], target: Constructor, read: (made: object) => Facts) => object
  /** Throws for an object of another class. */
  readonly factsOf: (value: unknown) => Facts
  readonly isOne: (value: object) => boolean
  /** Called once, before anybody has the class. */
  readonly shape: (own: Constructor) => void
}

export function createBelow<Facts>(name: string, above: 'Event' | 'EventTarget'): Below<Facts> {
  const known = new WeakMapIntrinsic<object, Facts>()
  const base = (): Constructor => {
    const { classes } = events()
    return classes[above] as Constructor
  }
  return {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    make(args, target, read) {
      const made = construct(base(), args as never, target)
      weakMapSet(known, made, read(made))
      return made
    },
    factsOf(value) {
      const facts = isObject(value) ? weakMapGet(known, value) : undefined
      if (facts === undefined) throw new TypeErrorIntrinsic(`Illegal invocation: this is not a ${name}`)
      return facts
    },
    isOne: (value) => weakMapGet(known, value) !== undefined,
    shape(own) {
      setPrototypeOf(own, base())
      setPrototypeOf(own.prototype, base().prototype)
      shapeInterface(own, name)
    },
  }
}
