// Calls of functions of other resources: a promise for each, which the host's answer settles. Only deployed modules have it.
import { REMOTE_ACCEPTED, REMOTE_GLOBAL, REMOTE_SHAPE } from '../bridge.ts'
import { codecFailure, encodeResult } from '../codec/formats.ts'
import {
  defineValue,
  ErrorIntrinsic,
  getOwnPropertyDescriptor,
  installGlobal,
  isArray,
  isObject,
  jsonParse,
  mapDelete,
  mapGet,
  MapIntrinsic,
  mapSet,
  mapSize,
  PromiseIntrinsic,
  stringIndexOf,
  stringSlice,
  stringStartsWith,
  toText,
  TypeErrorIntrinsic,
} from '../intrinsics.ts'
import type { Calls } from '../run/calls.ts'
import { payingCall } from '../run/paying-call.ts'
import { forEachOf } from '../web/each-of.ts'
import { readAnswer } from '../web/host-answer.ts'

/** What the arguments of one call may have in JSON. */
const MAX_ARGUMENT_BYTES = 1_048_576
const MAX_NAME_CHARACTERS = 256

interface Pending {
  /** The call that waits. */
  readonly owner: number
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

export interface Remote {
  readonly install: () => void
  /** The host has an answer. What follows from it until the next entry is the owner's. */
  readonly answer: (owner: number, payload: string) => void
  /**
   * Drops what a call that has ended waits for. Its promises stay as they are where nothing else is in progress, and are
   * rejected otherwise: calls that wait for one promise go on in each other's entries, and may be the ones that wait.
   */
  readonly forget: (owner: number) => void
}

/** @param ask the host, with the call on whose behalf; its answer is `REMOTE_ACCEPTED` or why not. */
export function createRemote(
  ask: (owner: number, payload: string) => string,
  calls: Pick<Calls, 'current' | 'heirUpTo' | 'isOver' | 'lastBegun'>,
): Remote {
  const { heirUpTo, lastBegun } = calls
  const pending = new MapIntrinsic<number, Pending>()
  let lastId = 0

  function begin(name: unknown, args: unknown, resolve: Pending['resolve'], reject: Pending['reject']): void {
    const owner = payingCall(calls)
    if (owner === 0) throw new ErrorIntrinsic('remote: other resources cannot be called while the module is loaded')
    const payload = `${checkName(name)}\n${encodeArguments(args)}`
    const id = ++lastId
    // Getters of the arguments have run by now, and one may have ended the call.
    const answer = ask(owner, `${id}\n${payload}`)
    if (answer !== REMOTE_ACCEPTED) throw toError(answer)
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    mapSet(pending, id, { __proto__: null, owner, resolve, reject })
  }

  return {
    // @ts-expect-error -- as above.
    __proto__: null,
    install() {
      installGlobal(REMOTE_GLOBAL, function remote(name: unknown, args: unknown = {}) {
        return new PromiseIntrinsic((resolve, reject) => begin(name, args, resolve, reject))
      })
    },
    answer(owner, payload) {
      const { id, kind, text } = readAnswer(payload)
      const waiting = mapGet(pending, id)
      if (waiting === undefined || waiting.owner !== owner) return
      mapDelete(pending, id)
      calls.current = owner
      const { resolve, reject } = waiting
      if (kind === REMOTE_SHAPE.failure) reject(toError(text))
      else resolve(kind === REMOTE_SHAPE.job ? outputOf(jsonParse(text)) : jsonParse(text))
    },
    forget(owner) {
      if (mapSize(pending) === 0) return
      const isAwaited = heirUpTo(lastBegun()) !== 0
      forEachOf(pending, (waiting, id) => {
        if (waiting.owner !== owner) return
        mapDelete(pending, id)
        const { reject } = waiting
        if (isAwaited) reject(toError(''))
      })
    },
  }
}

function checkName(name: unknown): string {
  if (typeof name !== 'string' || name === '') throw new TypeErrorIntrinsic('remote: the name must be a string')
  if (name.length > MAX_NAME_CHARACTERS || stringIndexOf(name, '\n') !== -1) {
    throw new TypeErrorIntrinsic(`remote: the name must be one line of at most ${MAX_NAME_CHARACTERS} characters`)
  }
  return name
}

function encodeArguments(args: unknown): string {
  if (!isObject(args) || typeof args === 'function' || isArray(args)) {
    throw new TypeErrorIntrinsic('remote: the arguments must be one object, by name')
  }
  let text: string
  try {
    text = encodeResult('json', args, MAX_ARGUMENT_BYTES)
  } catch (thrown) {
    const failure = codecFailure(thrown)
    if (failure === undefined) throw thrown
    const { message, bytes } = failure
    if (bytes > 0) {
      throw new TypeErrorIntrinsic(
        `remote: the arguments have ${bytes} bytes or more; the limit is ${MAX_ARGUMENT_BYTES}`,
      )
    }
    const says = stringStartsWith(message, 'result') ? `arguments${stringSlice(message, 'result'.length)}` : message
    throw new TypeErrorIntrinsic(`remote: ${says}`)
  }
  // What an object is in JSON is for its `toJSON` to say.
  if (!stringStartsWith(text, '{')) throw new TypeErrorIntrinsic('remote: the arguments are no object in JSON')
  return text
}

/** `[code, message]` in JSON. */
function toError(text: string): Error {
  if (text === '') return new ErrorIntrinsic('remote: the call that asks has ended')
  const said = jsonParse(text) as { readonly 0: unknown; readonly 1: unknown }
  const error = new ErrorIntrinsic(toText(said[1]))
  defineValue(error, 'code', said[0])
  return error
}

/** A job without output has none to give. */
function outputOf(job: unknown): unknown {
  const output: unknown = isObject(job) ? getOwnPropertyDescriptor(job, 'output')?.value : undefined
  return output === undefined ? null : output
}
