// Functions and a class that are called through the queue.
import type { Endpoints } from 'worker-isolate'
import { PRICES } from './prices.ts'

export const endpoints = {
  report: { limits: { cpuMs: 1_000 } },
} satisfies Endpoints

export const report = async (days: number, title?: string): Promise<string> =>
  `${title ?? 'Report'}: ${days} days, ${PRICES.size} items`

/** One object serves all calls: its state lasts as long as the instance. */
export class Ledger {
  #cents = 0

  add(item: string, quantity: number): number {
    this.#cents += quantity * this.priceOf(item)
    return this.#cents
  }

  total(): number {
    return this.#cents
  }

  private priceOf(item: string): number {
    return PRICES.get(item) ?? 0
  }
}
