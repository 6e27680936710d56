// QuotaExceededError of the WebIDL standard: the one DOMException with a class of its own.
import { isNaNValue, isObject, RangeErrorIntrinsic, TypeErrorIntrinsic } from '../../intrinsics.ts'
import { toDouble } from '../../web/convert.ts'
import { DOMException } from './dom-exception.ts'
import { finishInterface, toDictionary, toDomString } from './interface.ts'

interface Quota {
  readonly quota: number | null
  readonly requested: number | null
}

let quotaOf: (value: unknown) => Quota

/** Undefined for what is no QuotaExceededError. */
export let copyQuotaError: (value: object, message: string) => object | undefined

export class QuotaExceededError extends DOMException {
  #quota: Quota

  static {
    quotaOf = (value) => {
      if (isObject(value) && #quota in value) return value.#quota
      throw new TypeErrorIntrinsic('Illegal invocation')
    }
    copyQuotaError = (value, message) => {
      if (!(#quota in value)) return undefined
      const copy = new QuotaExceededError(message, 'QuotaExceededError')
      copy.#quota = value.#quota
      return copy
    }
  }

  /** @param options a dictionary; the name, where the guest program itself makes one. */
  constructor(message: unknown = '', options: unknown = undefined) {
    super(toDomString(message), 'QuotaExceededError')
    this.#quota = typeof options === 'string' ? NONE : readQuota(options)
  }

  get quota(): number | null {
    return quotaOf(this).quota
  }

  get requested(): number | null {
    return quotaOf(this).requested
  }
}

finishInterface(QuotaExceededError, 'QuotaExceededError')

const NONE = { __proto__: null, quota: null, requested: null } as Quota

function readQuota(options: unknown): Quota {
  const { quota, requested } = toDictionary(options, 'QuotaExceededError: the options')
  const limit = toAmount(quota, 'quota')
  const wanted = toAmount(requested, 'requested')
  if (limit !== null && wanted !== null && wanted < limit) {
    throw new RangeErrorIntrinsic("QuotaExceededError: 'requested' must not be less than 'quota'")
  }
  return { __proto__: null, quota: limit, requested: wanted } as Quota
}

function toAmount(value: unknown, what: string): number | null {
  if (value === undefined) return null
  const amount = toDouble(value)
  if (isNaNValue(amount) || amount - amount !== 0) {
    throw new TypeErrorIntrinsic(`QuotaExceededError: '${what}' must be a finite number`)
  }
  if (amount < 0) throw new RangeErrorIntrinsic(`QuotaExceededError: '${what}' must not be negative`)
  return amount
}
