// What the web globals have from elsewhere: the host, for what cannot be known inside an isolate, and the class of their errors.
import { OP } from '../bridge.ts'
import type { Send } from '../bridge.ts'
import type { LoadEvents } from '../globals/event-globals.ts'
import { construct, globalEval } from '../intrinsics.ts'

let send: Send = () => ''

/** Called in each fresh isolate: nothing that a host has said is in the snapshot. */
export function connectHost(hostSend: Send): void {
  send = hostSend
}

/** Waits for the answer, which is empty for what the host refuses. */
export function askHost(op: number, id: number, payload: string): string {
  return send(op, id, payload)
}

let environmentText = ''

/** The variables of the code, as a JSON object; nothing for none. */
export function readEnvironment(): string {
  return environmentText
}

export function setEnvironment(text: string): void {
  environmentText = text
}

/** Compiles a part of the guest program that the host has: a function. */
export function loadText(id: number): unknown {
  return globalEval(askHost(OP.groupText, id, ''))
}

let loadEvents: LoadEvents | undefined

/** Called once, while the guest program is evaluated. */
export function connectEvents(load: LoadEvents): void {
  loadEvents = load
}

/** The classes of events and signals, and what the guest program does with them. */
export const events = (): ReturnType<LoadEvents> => (loadEvents as LoadEvents)()

export function makeDomException(message: string, name: string): Error {
  const { classes } = events()
  const { [name === 'QuotaExceededError' ? name : 'DOMException']: kind } = classes
  return construct(kind as new () => Error, [message, name])
}
