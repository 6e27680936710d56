// Where requests to other hosts meet the rest of the guest program: their group is loaded with the first of them.
import type { Calls } from '../../run/calls.ts'

/** What the guest program tells the group. */
export interface ExchangePort {
  /** The host has something to tell. */
  readonly answer: (owner: number, payload: string) => void
  /** A call has ended: what it has under way is over. */
  readonly forget: (owner: number) => void
}

type CallsInProgress = Pick<Calls, 'current' | 'heirUpTo' | 'isOver' | 'lastBegun'>

let calls: CallsInProgress | undefined
let port: ExchangePort | undefined

/** Called once, while the guest program is evaluated. */
export function connectCalls(all: CallsInProgress): void {
  calls = all
}

export const callsInProgress = (): CallsInProgress => calls as CallsInProgress

export function openPort(opened: ExchangePort): void {
  port = opened
}

/** Undefined as long as nothing has been asked for. */
export const exchangePort = (): ExchangePort | undefined => port
