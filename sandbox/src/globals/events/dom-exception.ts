// DOMException of the WebIDL standard.
import {
  captureStackTrace,
  construct,
  deleteProperty,
  ErrorIntrinsic,
  isObject,
  objectHasOwn,
  setPrototypeOf,
} from '../../intrinsics.ts'
import { defineConstants, finishInterface, toDomString } from './interface.ts'

/** Names that once were numbers; the others have the code 0. */
const CODES = {
  __proto__: null,
  IndexSizeError: 1,
  HierarchyRequestError: 3,
  WrongDocumentError: 4,
  InvalidCharacterError: 5,
  NoModificationAllowedError: 7,
  NotFoundError: 8,
  NotSupportedError: 9,
  InUseAttributeError: 10,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidModificationError: 13,
  NamespaceError: 14,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  SecurityError: 18,
  NetworkError: 19,
  AbortError: 20,
  URLMismatchError: 21,
  QuotaExceededError: 22,
  TimeoutError: 23,
  InvalidNodeTypeError: 24,
  DataCloneError: 25,
} as unknown as Readonly<Record<string, number>>

const CONSTANTS = {
  __proto__: null,
  INDEX_SIZE_ERR: 1,
  DOMSTRING_SIZE_ERR: 2,
  HIERARCHY_REQUEST_ERR: 3,
  WRONG_DOCUMENT_ERR: 4,
  INVALID_CHARACTER_ERR: 5,
  NO_DATA_ALLOWED_ERR: 6,
  NO_MODIFICATION_ALLOWED_ERR: 7,
  NOT_FOUND_ERR: 8,
  NOT_SUPPORTED_ERR: 9,
  INUSE_ATTRIBUTE_ERR: 10,
  INVALID_STATE_ERR: 11,
  SYNTAX_ERR: 12,
  INVALID_MODIFICATION_ERR: 13,
  NAMESPACE_ERR: 14,
  INVALID_ACCESS_ERR: 15,
  VALIDATION_ERR: 16,
  TYPE_MISMATCH_ERR: 17,
  SECURITY_ERR: 18,
  NETWORK_ERR: 19,
  ABORT_ERR: 20,
  URL_MISMATCH_ERR: 21,
  QUOTA_EXCEEDED_ERR: 22,
  TIMEOUT_ERR: 23,
  INVALID_NODE_TYPE_ERR: 24,
  DATA_CLONE_ERR: 25,
} as unknown as Readonly<Record<string, number>>

export interface ExceptionState {
  readonly name: string
  readonly message: string
}

/** What `this` is in the constructor of a class that extends it is the object given: so that gets private fields. */
const Given = function given(object: object): object {
  return object
} as unknown as new (object: object) => object

let stateOf: (value: unknown) => ExceptionState

/** Undefined for what is no DOMException. */
export let exceptionStateOf: (value: object) => ExceptionState | undefined

/** What a DOMException has that no other error has. */
class Mark extends Given {
  readonly #state: ExceptionState

  static {
    stateOf = (value) => (value as Mark).#state
    exceptionStateOf = (value) => (#state in value ? value.#state : undefined)
  }

  constructor(error: object, state: ExceptionState) {
    super(error)
    this.#state = state
  }
}

export class DOMException {
  /** An error of the language, as the standard has it, with another prototype. */
  constructor(message: unknown = '', name: unknown = 'Error') {
    const state = { __proto__: null, message: toDomString(message), name: toDomString(name) } as ExceptionState
    const { prototype } = new.target as { readonly prototype: unknown }
    // V8 keeps the message for the stack; the property goes, as the standard has a getter on the prototype instead.
    const error = construct(ErrorIntrinsic, [state.message])
    deleteProperty(error, 'message')
    setPrototypeOf(error, isObject(prototype) ? prototype : DOMException.prototype)
    // oxlint-disable-next-line no-new -- it marks the error
    new Mark(error, state)
    captureStackTrace(error, DOMException)
    // oxlint-disable-next-line no-constructor-return -- as said
    return error as DOMException
  }

  get name(): string {
    return stateOf(this).name
  }

  get message(): string {
    return stateOf(this).message
  }

  get code(): number {
    const { name } = stateOf(this)
    return objectHasOwn(CODES, name) ? (CODES[name] as number) : 0
  }
}

finishInterface(DOMException, 'DOMException')
defineConstants(DOMException, CONSTANTS)
setPrototypeOf(DOMException.prototype, (ErrorIntrinsic as unknown as { readonly prototype: object }).prototype)
