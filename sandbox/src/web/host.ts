// What the web globals have from elsewhere: the host, for what cannot be known inside an isolate, and the class of their errors.
import type { Send } from '../bridge.ts'
import type { LoadEvents } from '../globals/event-globals.ts'
import { construct } from '../intrinsics.ts'

let send: Send = () => ''

/** Called in each fresh isolate: nothing that a host has said is in the snapshot. */
export function connectHost(hostSend: Send): void {
  send = hostSend
}

/** Waits for the answer, which is empty for what the host refuses. */
export function askHost(op: number, id: number, payload: string): string {
  return send(op, id, payload)
}

/** The variables of the code, as a JSON object; nothing for none. */
export let environmentText = ''

export function setEnvironment(text: string): void {
  environmentText = text
}

export let loadEvents: LoadEvents | undefined

/** Called once, while the guest program is evaluated. */
export function connectEvents(load: LoadEvents): void {
  loadEvents = load
}

export function makeDomException(message: string, name: string): Error {
  const { classes } = (loadEvents as LoadEvents)()
  const { [name === 'QuotaExceededError' ? name : 'DOMException']: kind } = classes
  return construct(kind as new () => Error, [message, name])
}
