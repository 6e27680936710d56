// Takes secrets out of what is about to be logged, whatever the depth at which they hang.

const REDACTED = '[redacted]'

const SECRET_NAME = /^(?:(?:proxy[-_]?)?authorization|(?:x[-_]?)?api[-_]?key|(?:set[-_]?)?cookie)$/iu

/** What is nested deeper is not logged: a log line is no place for it, and a cycle ends here. */
const MAX_DEPTH = 6

/** Names that are no secrets: a service logs few, and looks at each of them in every line. */
const plainNames = new Set<string>()
const PLAIN_NAMES_MAX = 1_000

export function hide(): string {
  return REDACTED
}

/** The same fields, with the value of everything that is named like a secret replaced; what holds none is not copied. */
export function redact(fields: Record<string, unknown>): Record<string, unknown> {
  return redactObject(fields, 0)
}

function redactObject(fields: Readonly<Record<string, unknown>>, depth: number): Record<string, unknown> {
  let copy: Record<string, unknown> | null = null
  for (const [name, value] of Object.entries(fields)) {
    const shown = isSecret(name) ? REDACTED : redactValue(value, depth + 1)
    if (shown !== value) {
      copy ??= { ...fields }
      copy[name] = shown
    }
  }
  return copy ?? fields
}

function isSecret(name: string): boolean {
  if (plainNames.has(name)) return false
  if (SECRET_NAME.test(name)) return true
  if (plainNames.size < PLAIN_NAMES_MAX) plainNames.add(name)
  return false
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH) return '[nested too deeply]'
  if (Array.isArray(value)) {
    const shown = value.map((item) => redactValue(item, depth + 1))
    return shown.every((item, index) => item === value[index]) ? value : shown
  }
  // Errors have a serializer of their own; other objects with a class (a Map, a Headers) show no fields in JSON.
  if (Error.isError(value)) return describeError(value)
  return redactObject(value as Readonly<Record<string, unknown>>, depth)
}

export interface LoggedError {
  readonly type: string
  readonly message: string
  readonly stack: string | undefined
  readonly code?: string
  readonly cause?: LoggedError
}

const MAX_CAUSES = 4

/** What a log says of an error: no field beside these, since errors of libraries carry whole requests. */
export function describeError(error: Error, causes = 0): LoggedError {
  const code: unknown = 'code' in error ? error.code : undefined
  const { cause } = error
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(typeof code === 'string' ? { code } : {}),
    ...(Error.isError(cause) && causes < MAX_CAUSES ? { cause: describeError(cause, causes + 1) } : {}),
  }
}
