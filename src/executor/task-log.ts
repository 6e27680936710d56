// What one task prints, bounded a second time: the guest program bounds what it sends, and the host believes nothing.
import { LOG_SLACK_BYTES } from '../ipc/bounds.ts'

export class TaskLog {
  readonly #maxBytes: number
  #bytes = 0
  #text = ''

  constructor(logBytes: number) {
    this.#maxBytes = logBytes + LOG_SLACK_BYTES
  }

  get text(): string {
    return this.#text
  }

  add(text: string): void {
    const bytes = Buffer.byteLength(text)
    if (this.#bytes + bytes > this.#maxBytes) return
    this.#bytes += bytes
    this.#text += text
  }
}
