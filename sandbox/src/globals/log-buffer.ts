// The log of one request: bounded in bytes, sent at once while it is short and gathered when it is long.
import { utf8Length } from '../codec/utf8.ts'
import { charCodeAt, dateNow, stringSlice } from '../intrinsics.ts'

/** The first writes leave at once, so that what a program says before it loops for ever is not lost. */
const EAGER_WRITES = 16
const GATHERED_CHARACTERS = 4_096
const GATHERED_MS = 5

export interface LogBuffer {
  /** Takes text as long as there is room for it. */
  readonly write: (text: string) => void
  /** Sets the bound; before anything is written. */
  readonly configure: (logBytes: number) => void
  /** Sends what is pending. */
  readonly flush: () => void
}

/** `send` takes text to the host; each call waits for the host, so that a guest cannot flood it. */
export function createLogBuffer(send: (text: string) => void): LogBuffer {
  let limitBytes = 0
  let usedBytes = 0
  let writes = 0
  let pending = ''
  let sentAt = 0
  let isFull = false

  function flush(): void {
    if (pending === '') return
    const text = pending
    pending = ''
    send(text)
    sentAt = dateNow()
  }

  function write(text: string): void {
    if (isFull) return
    const room = limitBytes - usedBytes
    const bytes = utf8Length(text, room)
    if (bytes <= room) {
      usedBytes += bytes
      pending += text
    } else {
      isFull = true
      pending += `${headOf(text, room)}\n[output truncated: the limit is ${limitBytes} bytes]\n`
    }
    writes++
    if (isFull || writes <= EAGER_WRITES || pending.length >= GATHERED_CHARACTERS || dateNow() - sentAt >= GATHERED_MS)
      flush()
  }

  return {
    write,
    flush,
    configure(logBytes) {
      limitBytes = logBytes
    },
  }
}

/** As much of the text as fits into `bytes` of UTF-8, cut between two characters. */
function headOf(text: string, bytes: number): string {
  let used = 0
  let index = 0
  while (index < text.length) {
    const code = charCodeAt(text, index)
    const isPair = code >= 0xd800 && code <= 0xdbff && index + 1 < text.length
    used += code < 0x80 ? 1 : code < 0x800 ? 2 : isPair ? 4 : 3
    if (used > bytes) break
    index += isPair ? 2 : 1
  }
  return stringSlice(text, 0, index)
}
