// A FinalizationRegistry that never calls back, which the language allows: V8 runs the callbacks of its own between two
// operations, where no clock runs and nobody answers for what they do.
import {
  construct,
  defineProperty,
  installGlobal,
  nameFunction,
  objectPrototype,
  symbolToStringTag,
  TypeErrorIntrinsic,
} from '../intrinsics.ts'

/** Before any guest code: nothing leads to V8's own registry afterwards. */
export function installFinalizationRegistry(): void {
  function FinalizationRegistry(callback: unknown): object {
    if (new.target === undefined) throw new TypeErrorIntrinsic("Constructor FinalizationRegistry requires 'new'")
    if (typeof callback !== 'function') throw new TypeErrorIntrinsic('FinalizationRegistry: cleanup must be callable')
    return construct(plainConstructor, [], new.target)
  }
  const { prototype } = FinalizationRegistry as unknown as { readonly prototype: object }
  method(prototype, 'register', function register() {
    return undefined
  })
  method(prototype, 'unregister', function unregister() {
    return false
  })
  defineProperty(prototype, symbolToStringTag, {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    value: 'FinalizationRegistry',
    configurable: true,
  })
  installGlobal('FinalizationRegistry', FinalizationRegistry)
}

const plainConstructor = objectPrototype.constructor

function method(target: object, name: string, value: object): void {
  nameFunction(value, name)
  // @ts-expect-error -- as above.
  defineProperty(target, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true })
}
