// Three routes: the whole module is one load-balanced resource.
import * as v from 'valibot'
import type { Endpoints } from 'worker-isolate'
import { Order } from './order.ts'
import { PRICES } from './prices.ts'

export const endpoints = {
  price: { method: 'GET', path: '/prices/{item}' },
  quote: { method: 'POST', path: '/quotes', maxConcurrency: 4, limits: { wallMs: 2_000, cpuMs: 500 } },
  checksum: { method: 'POST', path: '/checksums', limits: { inputBytes: 1_048_576 } },
} satisfies Endpoints

export function price(item: string): { item: string; cents: number } {
  const cents = PRICES.get(item)
  if (cents === undefined) throw new Error(`There is no ${item}.`)
  return { item, cents }
}

export async function quote(item: string, quantity = 1): Promise<{ order: Order; cents: number }> {
  const order = v.parse(Order, { item, quantity })
  return { order, cents: order.quantity * price(order.item).cents }
}

export function checksum(data: Uint8Array): number {
  return data.reduce((sum, byte) => (sum + byte) % 65_536, 0)
}
