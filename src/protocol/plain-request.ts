// The queue shape of deployed functions: the input is nothing but keyword arguments, and the output nothing but the result.
import { writeJson } from './write-json.ts'

export interface PlainRequest {
  readonly shape: 'plain'
  /** JSON `{"args":[],"kwargs":{…}}`. */
  readonly input: string
  /** Of a class: the method that the input names. */
  readonly method: string | null
}

/** Put into an otherwise empty input, since the platform drops those (protocol.md §5.3). */
const EMPTY_KEY = '__empty'
const METHOD_KEY = 'method'

/** @param isClass whether the input chooses a method, which is then no argument. */
export function parsePlainRequest(
  input: Readonly<Record<string, unknown>>,
  { isClass, mayHaveRareNumbers }: { readonly isClass: boolean; readonly mayHaveRareNumbers: boolean },
): PlainRequest {
  const kwargs = Object.fromEntries(
    Object.entries(input).filter(([key]) => key !== EMPTY_KEY && !(isClass && key === METHOD_KEY)),
  )
  const method = isClass ? input[METHOD_KEY] : null
  return {
    shape: 'plain',
    input: writeJson({ args: [], kwargs }, mayHaveRareNumbers),
    method: typeof method === 'string' ? method : null,
  }
}

/** Whether an input is a FunctionRequest: it brings code or names what to call. */
export function isFunctionRequest(input: Readonly<Record<string, unknown>>): boolean {
  const isText = (key: string): boolean => {
    const value = Object.hasOwn(input, key) ? input[key] : undefined
    return typeof value === 'string' && value !== ''
  }
  return ['function_code', 'class_code', 'function_name', 'class_name'].some(isText)
}
