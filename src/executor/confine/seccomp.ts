// Installs the executor's system call filter on every thread, and frees the event loop of the calls that it forbids.
import { assemble, programBytes } from './bpf.ts'
import type { Native } from './native.ts'
import { nativeBytes } from './native.ts'
import type { Architecture } from './syscall-numbers.ts'
import { systemCallNumber } from './syscall-numbers.ts'
import { executorPolicy } from './system-call-policy.ts'

const SET_MODE_FILTER = 1
const EVERY_THREAD = 1
/** `struct sock_fprog`: a 16-bit count, padding, an address. */
const FILTER_HEADER_BYTES = 16
const ADDRESS_OFFSET = 8

export type SeccompResult = { readonly ok: true } | { readonly ok: false; readonly reason: string }

/**
 * libuv keeps an io_uring ring in every event loop to batch `epoll_ctl` (libuv pull request 4638), and no environment
 * variable prevents that. A ring can open files and sockets without a system call of that name, so the filter denies
 * io_uring altogether, and the loop is then built again: without io_uring, libuv falls back to plain `epoll_ctl`.
 * Throws when the filter is in place but the loop cannot be built again; the process is then of no use.
 */
export function enterSeccomp(native: Native, architecture: Architecture): SeccompResult {
  const number = systemCallNumber('seccomp', architecture)
  if (number === null) return { ok: false, reason: 'this processor has no seccomp' }
  const policy = executorPolicy(architecture, process.pid)
  const program = nativeBytes(programBytes(policy))
  assemble(policy, program)
  const header = nativeBytes(FILTER_HEADER_BYTES)
  const view = new DataView(header.buffer)
  view.setUint16(0, policy.length, true)
  view.setBigUint64(ADDRESS_OFFSET, native.addressOf(program), true)
  const result = native.call(number, SET_MODE_FILTER, EVERY_THREAD, header)
  if (result < 0) return { ok: false, reason: `seccomp failed with errno ${-result}` }
  if (result > 0) return { ok: false, reason: `thread ${result} cannot take the seccomp filter` }
  if (!native.renewEventLoop()) throw new Error('The event loop could not be built again under the seccomp filter.')
  return { ok: true }
}
