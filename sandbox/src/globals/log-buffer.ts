// The log of one request: bounded in bytes, and sent in pieces that are neither tiny nor late.
import { charCodeAt, dateNow, regExpExec, stringSlice } from '../intrinsics.ts'

/** So many writes go out at once: what a program writes before it loops for ever is not lost. */
const EAGER_WRITES = 16
/** After those, text waits until so much of it is there, or so long after the last sending. */
const SEND_BYTES = 4 * 1024
const SEND_INTERVAL_MS = 5

export interface LogBuffer {
  /** Takes text, or what fits of it; what is beyond the limit is dropped after one line that says so. */
  readonly write: (text: string) => void
  /** Begins the log of a request that may write `logBytes` bytes of UTF-8, not counting the line that tells of the end. */
  readonly configure: (logBytes: number) => void
  /** Sends what waits. */
  readonly flush: () => void
  /** What waits, which is then nobody else's to send. */
  readonly take: () => string
}

/** Nothing is kept before the first `configure`. */
export function createLogBuffer(send: (text: string) => void): LogBuffer {
  let limitBytes = 0
  let usedBytes = 0
  let isFull = false
  let writes = 0
  let waiting = ''
  let waitingBytes = 0
  let sentMs = 0

  function write(text: string): void {
    if (isFull || text === '') return
    const room = limitBytes - usedBytes
    const bytes = countBytes(text, room)
    if (bytes > room) {
      isFull = true
      const end = endWithin(text, room)
      append(`${stringSlice(text, 0, end)}\n[output truncated: the limit is ${limitBytes} bytes]\n`, room)
    } else append(text, bytes)
  }

  function append(text: string, bytes: number): void {
    usedBytes += bytes
    waiting += text
    waitingBytes += bytes
    writes += 1
    if (writes <= EAGER_WRITES || isFull || waitingBytes >= SEND_BYTES || dateNow() - sentMs >= SEND_INTERVAL_MS)
      flush()
  }

  function take(): string {
    const text = waiting
    waiting = ''
    waitingBytes = 0
    return text
  }

  function flush(): void {
    const text = take()
    if (text === '') return
    sentMs = dateNow()
    send(text)
  }

  function configure(logBytes: number): void {
    limitBytes = logBytes
    usedBytes = 0
    isFull = false
    writes = 0
    take()
  }

  return { __proto__: null, write, configure, flush, take } as LogBuffer
}

/** The length in UTF-8, or any number above `room` when it is more than that. */
function countBytes(text: string, room: number): number {
  if (text.length > room || regExpExec(/[^\0-\x7f]/, text) === null) return text.length
  let bytes = text.length
  for (let index = 0; index < text.length && bytes <= room; index++) bytes += extraBytes(text, index)
  return bytes
}

/** How many bytes more than one a code unit takes; the second half of a pair has one, the first half two. */
function extraBytes(text: string, index: number): number {
  const code = charCodeAt(text, index)
  if (code < 0x80) return 0
  if (code < 0x800) return 1
  return isPairAt(text, index) || (index > 0 && isPairAt(text, index - 1)) ? 1 : 2
}

function isPairAt(text: string, index: number): boolean {
  if (index + 1 >= text.length) return false
  const first = charCodeAt(text, index)
  const second = charCodeAt(text, index + 1)
  return first >= 0xd800 && first <= 0xdbff && second >= 0xdc00 && second <= 0xdfff
}

/** The end of the longest beginning that has at most `room` bytes and takes no code point apart. */
function endWithin(text: string, room: number): number {
  let bytes = 0
  let index = 0
  while (index < text.length) {
    const isPair = isPairAt(text, index)
    bytes += isPair ? 4 : 1 + extraBytes(text, index)
    if (bytes > room) return index
    index += isPair ? 2 : 1
  }
  return index
}
