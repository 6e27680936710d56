// The order in which jobs get to run: first come first served within an endpoint, those of low priority after the others, and
// endpoints taking turns.
import type { EndpointId } from '../core/deployment.ts'
import { Fifo } from './fifo.ts'

export interface JobQueueBounds {
  /** Jobs that run, or wait for an executor, at the same time. */
  readonly runningMax: number
  /** Of those, the jobs of one endpoint. */
  readonly runningMaxAt: (endpoint: EndpointId) => number
  /** Jobs of one endpoint that wait for that. */
  readonly waitingPerEndpointMax: number
}

interface Line {
  readonly normal: Fifo<string>
  readonly low: Fifo<string>
  readonly waiting: Set<string>
  running: number
}

export class JobQueue {
  readonly #bounds: JobQueueBounds
  /** Insertion order is the order of turns: an endpoint that was served moves to the end. */
  readonly #lines = new Map<EndpointId, Line>()
  #running = 0
  #waiting = 0

  constructor(bounds: JobQueueBounds) {
    this.#bounds = bounds
  }

  get waiting(): number {
    return this.#waiting
  }

  waitingOf(endpoint: EndpointId): number {
    return this.#lines.get(endpoint)?.waiting.size ?? 0
  }

  hasRoom(endpoint: EndpointId): boolean {
    return this.waitingOf(endpoint) < this.#bounds.waitingPerEndpointMax
  }

  /** A place among the running for a job that need not wait, since nobody does before it; false when it must. */
  enter(endpoint: EndpointId): boolean {
    const line = this.#lines.get(endpoint)
    if (this.#running >= this.#bounds.runningMax || (line?.waiting.size ?? 0) > 0) return false
    if ((line?.running ?? 0) >= this.#bounds.runningMaxAt(endpoint)) return false
    this.#count(this.#lineOf(endpoint))
    return true
  }

  push(endpoint: EndpointId, id: string, isLowPriority: boolean): void {
    const line = this.#lineOf(endpoint)
    line[isLowPriority ? 'low' : 'normal'].push(id)
    line.waiting.add(id)
    this.#waiting++
  }

  /** Takes the next job that may run, with its place among the running; undefined when there is none. */
  next(): string | undefined {
    if (this.#waiting === 0 || this.#running >= this.#bounds.runningMax) return undefined
    for (const [endpoint, line] of this.#lines) {
      if (line.running >= this.#bounds.runningMaxAt(endpoint)) continue
      const id = shift(line.normal, line.waiting) ?? shift(line.low, line.waiting)
      if (id === undefined) continue
      this.#lines.delete(endpoint)
      this.#lines.set(endpoint, line)
      this.#waiting--
      this.#count(line)
      return id
    }
    return undefined
  }

  /** Takes a job out that waits. */
  remove(endpoint: EndpointId, id: string): void {
    const line = this.#lines.get(endpoint)
    if (line?.waiting.delete(id) !== true) return
    this.#waiting--
    this.#forget(endpoint, line)
  }

  /** Gives the place of a running job back. */
  leave(endpoint: EndpointId): void {
    const line = this.#lines.get(endpoint)
    if (line === undefined) return
    line.running--
    this.#running--
    this.#forget(endpoint, line)
  }

  #count(line: Line): void {
    line.running++
    this.#running++
  }

  #lineOf(endpoint: EndpointId): Line {
    const known = this.#lines.get(endpoint)
    if (known !== undefined) return known
    const line = { normal: new Fifo<string>(), low: new Fifo<string>(), waiting: new Set<string>(), running: 0 }
    this.#lines.set(endpoint, line)
    return line
  }

  #forget(endpoint: EndpointId, line: Line): void {
    if (line.running === 0 && line.waiting.size === 0) this.#lines.delete(endpoint)
  }
}

/** The oldest that still waits. */
function shift(queue: Fifo<string>, waiting: Set<string>): string | undefined {
  for (let id = queue.shift(); id !== undefined; id = queue.shift()) if (waiting.delete(id)) return id
  return undefined
}
