// JSON of any value, as the language writes it.
import { jsonStringify, TypeErrorIntrinsic } from '../../intrinsics.ts'

export function encodeJson(data: unknown): string {
  const text = jsonStringify(data) as string | undefined
  if (text === undefined) throw new TypeErrorIntrinsic('Response.json: the value has no JSON')
  return text
}
