// Reads what the host has written: members of the answer itself, whatever prototypes have.
import { getOwnPropertyDescriptor } from '../../intrinsics.ts'

export function own(target: object, key: string): unknown {
  return getOwnPropertyDescriptor(target, key)?.value
}
