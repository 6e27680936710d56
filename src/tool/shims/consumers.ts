// `node:stream/consumers` in a bundle: all of a stream, of whichever kind, as one value.
import { Buffer } from 'node:buffer'

type Chunk = string | Uint8Array<ArrayBuffer>
type Source = AsyncIterable<Chunk> | Iterable<Chunk>

async function blob(source: Source): Promise<Blob> {
  const chunks: Chunk[] = []
  for await (const chunk of source) chunks.push(chunk)
  return new Blob(chunks)
}

const arrayBuffer = async (source: Source): Promise<ArrayBuffer> => (await blob(source)).arrayBuffer()
const text = async (source: Source): Promise<string> => (await blob(source)).text()

export const shim = {
  blob,
  arrayBuffer,
  text,
  buffer: async (source: Source): Promise<Buffer> => Buffer.from(await arrayBuffer(source)),
  json: async (source: Source): Promise<unknown> => JSON.parse(await text(source)) as unknown,
}
