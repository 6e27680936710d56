// The way of the web globals to the host, for what cannot be known inside an isolate.
import type { Send } from '../bridge.ts'

let send: Send = () => ''

/** Called in each fresh isolate: nothing that a host has said is in the snapshot. */
export function connectHost(hostSend: Send): void {
  send = hostSend
}

/** Waits for the answer, which is empty for what the host refuses. */
export function askHost(op: number, id: number, payload: string): string {
  return send(op, id, payload)
}
