// Every error code of the service, who is to blame for it, and whether trying again can help. The only place of codes.

export type Blame = 'request' | 'guest' | 'limit' | 'service'

export interface ErrorSpec {
  /** Whose doing it is: the caller's, the submitted code's, a limit's, or ours. */
  readonly blame: Blame
  /** HTTP status on endpoints of our own, and on imitated wires when a request is refused before it is accepted. */
  readonly status: number
  /** Whether the same request can succeed later without being changed. */
  readonly retryable: boolean
  /** When it happens, in one sentence; `docs/errors.md` repeats it. */
  readonly meaning: string
}

export const ERRORS = {
  REQUEST_INVALID: {
    blame: 'request',
    status: 422,
    retryable: false,
    meaning:
      'The body is not JSON, holds too many or too deeply nested values, or breaks a field rule; the message says which.',
  },
  FEATURE_UNAVAILABLE: {
    blame: 'request',
    status: 422,
    retryable: false,
    meaning: 'The request asks for something that this build does not have; the message names the key.',
  },
  PAYLOAD_TOO_LARGE: {
    blame: 'request',
    status: 413,
    retryable: false,
    meaning: 'The body, or the input inside it, is larger than `inputBytes` allows.',
  },
  UPLOAD_TOO_SLOW: {
    blame: 'request',
    status: 408,
    retryable: true,
    meaning: 'The body did not arrive within the upload deadline.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    blame: 'request',
    status: 415,
    retryable: false,
    meaning:
      'A service without a key accepts `application/json` bodies only, and none takes a body with a `Content-Encoding`.',
  },
  UNAUTHORIZED: {
    blame: 'request',
    status: 401,
    retryable: false,
    meaning: 'The `Authorization` header is missing or holds another key.',
  },
  FORBIDDEN: {
    blame: 'request',
    status: 403,
    retryable: false,
    meaning:
      'A service without a key refuses requests that a web page could have made: an `Origin` header or a foreign `Host`.',
  },
  NOT_FOUND: { blame: 'request', status: 404, retryable: false, meaning: 'There is no such route.' },
  METHOD_NOT_ALLOWED: {
    blame: 'request',
    status: 405,
    retryable: false,
    meaning: 'The route exists, but not for this method.',
  },
  ENDPOINT_NOT_FOUND: {
    blame: 'request',
    status: 404,
    retryable: false,
    meaning: 'No deployment is registered under this endpoint id, while others are.',
  },
  DEPLOYMENT_INVALID: {
    blame: 'request',
    status: 422,
    retryable: false,
    meaning: 'The artifact cannot be unpacked, its manifest breaks a rule, or one of its modules cannot be loaded.',
  },
  LIVE_DISABLED: {
    blame: 'request',
    status: 403,
    retryable: false,
    meaning: 'The request brings code, and this endpoint runs deployed code only.',
  },
  JOB_NOT_FOUND: {
    blame: 'request',
    status: 404,
    retryable: false,
    meaning: 'No job has this id, or its retention time is over.',
  },
  JOB_NOT_RETRYABLE: {
    blame: 'request',
    status: 400,
    retryable: false,
    meaning: 'Only a job that is FAILED or TIMED_OUT can be run again.',
  },
  JOB_INTERRUPTED: {
    blame: 'service',
    status: 200,
    retryable: true,
    meaning: 'The service ended while the job ran; whether its code has run to its end is not known.',
  },
  INPUT_INVALID: {
    blame: 'request',
    status: 422,
    retryable: false,
    meaning: 'An argument cannot be decoded: bad base64, a damaged pickle, or a type outside the table.',
  },
  ARGUMENTS_MISMATCH: {
    blame: 'request',
    status: 422,
    retryable: false,
    meaning: 'The keyword arguments do not fit the parameters of the function.',
  },
  COMPILE_FAILED: {
    blame: 'guest',
    status: 200,
    retryable: false,
    meaning:
      'The submitted source, or a module that came with it, does not compile or imports what there is not; the message has line and column.',
  },
  ENTRY_NOT_FOUND: {
    blame: 'guest',
    status: 200,
    retryable: false,
    meaning: 'The source does not define the function, or the class not the method, that the request names.',
  },
  ENTRY_NOT_CALLABLE: {
    blame: 'guest',
    status: 200,
    retryable: false,
    meaning:
      'The name exists in the submitted source but is not a function, or cannot be called with `new` where a class is asked for.',
  },
  GUEST_THREW: {
    blame: 'guest',
    status: 200,
    retryable: false,
    meaning:
      'The code threw, or rejected the promise that it returned; or a plain job returned an object with an `error`.',
  },
  RESULT_NOT_ENCODABLE: {
    blame: 'guest',
    status: 200,
    retryable: false,
    meaning: 'The result holds a value that the format cannot carry; the message has the path of the value.',
  },
  LIMIT_CPU: {
    blame: 'limit',
    status: 200,
    retryable: false,
    meaning: 'The code used more processor time than `cpuMs`.',
  },
  LIMIT_WALL: { blame: 'limit', status: 200, retryable: false, meaning: 'The code did not finish within `wallMs`.' },
  LIMIT_MEMORY: {
    blame: 'limit',
    status: 200,
    retryable: false,
    meaning: 'The code used more memory than `memoryMb`.',
  },
  LIMIT_OUTPUT: {
    blame: 'limit',
    status: 200,
    retryable: false,
    meaning:
      'The encoded result, or all chunks of a stream together, are larger than `outputBytes`, or one chunk is larger than 1 MiB.',
  },
  LIMIT_EGRESS: {
    blame: 'limit',
    status: 200,
    retryable: false,
    meaning: 'Submitted code asked another host for more than it may, in number or in bytes.',
  },
  EGRESS_DENIED: {
    blame: 'guest',
    status: 200,
    retryable: false,
    meaning:
      'The host that submitted code asked for is not among the allowed ones, or leads to an address that is refused; or the request is one that is never made, as with a broken header.',
  },
  EGRESS_FAILED: {
    blame: 'service',
    status: 200,
    retryable: true,
    meaning: 'The host that submitted code asked for did not answer as it should; the message says how.',
  },
  REMOTE_FAILED: {
    blame: 'guest',
    status: 200,
    retryable: false,
    meaning: 'A function of another resource that submitted code called has failed; the message says what it said.',
  },
  DEPENDENCY_REFUSED: {
    blame: 'request',
    status: 422,
    retryable: false,
    meaning:
      'A dependency is written in a way that is not allowed, or is not allowed by the operator, or the lock does not fit; the message names it.',
  },
  DEPENDENCY_FAILED: {
    blame: 'request',
    status: 200,
    retryable: false,
    meaning: 'The packages that the request asks for cannot be had as it asks for them; the message names the package.',
  },
  LIMIT_DEPENDENCIES: {
    blame: 'limit',
    status: 200,
    retryable: false,
    meaning: 'The packages that the request asks for are more, are larger or take longer to install than is allowed.',
  },
  REGISTRY_UNAVAILABLE: {
    blame: 'service',
    status: 503,
    retryable: true,
    meaning: 'The registry of packages cannot be reached or did not answer as it should; the message says how.',
  },
  LIMIT_TRANSPILE: {
    blame: 'limit',
    status: 200,
    retryable: false,
    meaning:
      'The source, with what it imports, is larger than its tools take or give, or takes longer to strip or to bundle than is allowed.',
  },
  QUEUE_FULL: {
    blame: 'service',
    status: 429,
    retryable: true,
    meaning: 'As many requests wait already as `waiting` allows.',
  },
  QUEUE_TIMEOUT: {
    blame: 'service',
    status: 503,
    retryable: true,
    meaning: 'The request waited longer than `queueMs` for an executor; it never ran.',
  },
  BUFFERS_FULL: {
    blame: 'service',
    status: 429,
    retryable: true,
    meaning: 'Bodies and answers in flight fill `bufferedBytes` already.',
  },
  DRAINING: {
    blame: 'service',
    status: 503,
    retryable: true,
    meaning: 'The service is shutting down and takes no new work.',
  },
  EXECUTOR_LOST: {
    blame: 'service',
    status: 500,
    retryable: true,
    meaning: 'The process that ran the code died before it answered.',
  },
  INSTANCE_LOST: {
    blame: 'limit',
    status: 200,
    retryable: false,
    meaning:
      'The instance that the request asks for was there and is gone; the message says why and since when. `create_new_instance` true makes it anew.',
  },
  EXECUTORS_UNAVAILABLE: {
    blame: 'service',
    status: 503,
    retryable: true,
    meaning: 'No executor process can be started; the log says why.',
  },
  JOBS_UNAVAILABLE: {
    blame: 'service',
    status: 503,
    retryable: true,
    meaning:
      'The jobs of the service can be neither kept nor read, or too many requests wait for that; the log says why.',
  },
  CANCELLED: {
    blame: 'request',
    status: 200,
    retryable: false,
    meaning: 'The caller cancelled the request or went away.',
  },
  INTERNAL: {
    blame: 'service',
    status: 500,
    retryable: true,
    meaning: 'A defect of the service; the log has the details.',
  },
} as const satisfies Record<string, ErrorSpec>

export type ErrorCode = keyof typeof ERRORS

/** An expected failure, as a value: a code of the table, a whole sentence, and the numbers when a limit was involved. */
export interface Failure {
  readonly code: ErrorCode
  readonly message: string
  /** The guest's stack, pointing into the submitted source; never holds a path of the host. */
  readonly stack?: string
  /** The message without what a wire puts before it, where the two differ. */
  readonly detail?: string
  /** The limit that was hit and what was used, in the unit of the limit's name. */
  readonly limit?: number
  readonly used?: number
}
