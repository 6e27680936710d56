// A name server on loopback that knows a few names, says of others that they are none, and to `silent-…` nothing.
import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'

const TYPES = { 1: 4, 28: 16 } as const
const HEAD_BYTES = 12

export class NameServer implements AsyncDisposable {
  readonly #socket: Socket
  /** Questions that came, answered or not. */
  asked = 0

  private constructor(socket: Socket) {
    this.#socket = socket
  }

  static async start(names: Readonly<Record<string, readonly string[]>>): Promise<NameServer> {
    const socket = createSocket('udp4')
    const server = new NameServer(socket)
    socket.on('message', (question, from) => {
      server.asked++
      const { name, end } = readName(question)
      if (!name.startsWith('silent-'))
        socket.send(answer(question.subarray(0, end), names[name]), from.port, from.address)
    })
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    return server
  }

  /** As a resolver takes it. */
  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()))
  }
}

/** @returns `end` behind type and class of the one question. */
function readName(question: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = []
  let at = HEAD_BYTES
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString('latin1', at + 1, at + 1 + length))
    at += length + 1
  }
  return { name: labels.join('.').toLowerCase(), end: at + 5 }
}

function answer(question: Buffer, addresses: readonly string[] | undefined): Buffer {
  const type = question.readUInt16BE(question.length - 4)
  const size = type === 1 || type === 28 ? TYPES[type] : 0
  const found = (addresses ?? []).map(toBytes).filter((bytes) => bytes.length === size)
  const head = Buffer.from(question.subarray(0, HEAD_BYTES))
  head.writeUInt16BE(addresses === undefined ? 0x81_83 : 0x81_80, 2)
  head.writeUInt16BE(found.length, 6)
  head.writeUInt32BE(0, 8)
  const records = found.map((bytes) =>
    Buffer.concat([Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, size]), bytes]),
  )
  return Buffer.concat([head, question.subarray(HEAD_BYTES), ...records])
}

/** Of IPv6 with one `::` in it. */
function toBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number))
  const [before = [], after = []] = address.split('::').map((part) => part.split(':').filter((group) => group !== ''))
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex')
}
