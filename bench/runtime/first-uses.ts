// The first use of each group of web globals, as code makes it.

interface FirstUse {
  /** Script that is one statement or more, and no declaration. */
  readonly code: string
  /** Milliseconds that it may take in the tier that has it. */
  readonly mostMs?: number
}

/** By what it is called; the tier is guessed from the code, as for any program. */
export const FIRST_USES: Readonly<Record<string, FirstUse>> = {
  nothing: { code: '0' },
  'console.log': { code: 'console.log("a", 1)' },
  'console.dir of an object': { code: 'console.dir({ a: [1, "b", new Map([[1, 2]])] })' },
  setTimeout: { code: 'setTimeout(() => 0, 1)' },
  atob: { code: 'atob("aGVsbG8=")' },
  structuredClone: { code: 'structuredClone({ a: [1, new Map([[1, 2]])] })' },
  TextEncoder: { code: 'new TextEncoder().encode("h\\u00e9")' },
  TextDecoder: { code: 'new TextDecoder().decode(new Uint8Array([104, 195, 169]))' },
  'TextDecoder shift_jis': { code: 'new TextDecoder("shift_jis").decode(new Uint8Array([0x82, 0xa0]))' },
  'performance.now': { code: 'performance.now()' },
  URL: { code: 'new URL("https://example.org/a?b=c#d").searchParams.get("b")', mostMs: 1 },
  AbortController: { code: 'new AbortController().signal.aborted' },
  MessageChannel: { code: 'const { port1, port2 } = new MessageChannel(); port1.start(); port2.postMessage(0)' },
  Headers: { code: 'new Headers({ a: "b" }).get("A")' },
  Blob: { code: 'new Blob(["a"]).size' },
  'URL of a blob': { code: 'URL.revokeObjectURL(URL.createObjectURL(new Blob(["a"])))' },
  FileReader: { code: 'new FileReader().readAsText(new Blob(["a"]))' },
  FormData: { code: 'new FormData().append("a", "b")' },
  'Response.json': { code: 'Response.json({ a: [1] }).text()', mostMs: 0.3 },
  Request: { code: 'new Request("https://example.org/a", { method: "POST", body: "a" }).text()' },
  ReadableStream: { code: 'new ReadableStream().getReader()', mostMs: 0.5 },
  TransformStream: { code: 'new TransformStream().readable' },
  'a stream that is transferred': { code: 'const s = new ReadableStream(); structuredClone(s, { transfer: [s] })' },
  CompressionStream: { code: 'new CompressionStream("gzip")' },
  DecompressionStream: { code: 'new DecompressionStream("gzip")' },
  URLPattern: { code: 'new URLPattern({ pathname: "/a/:b" }).test("https://example.org/a/c")' },
  'crypto.subtle': { code: 'crypto.subtle.digest' },
}
