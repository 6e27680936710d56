// FROZEN: what every ratio of host code is made of. A change here makes the baseline meaningless.
// The kind of work that the front does: JSON, texts, buffers, small objects, maps.

const ITEMS = 24
const record = {
  id: 'c0ffee00-0000-4000-8000-000000000000',
  name: 'yardstick',
  limits: { wallMs: 30_000, cpuMs: 5_000, memoryMb: 128 },
  items: Array.from({ length: ITEMS }, (_, index) => ({ key: `key-${index}`, value: index * 1.5, text: 'é and more' })),
}
const text = JSON.stringify(record)
const KEY = /^key-(\d+)$/u
let kept = 0

/** Once; what it returns is used, so that no compiler leaves it out. */
function work(): number {
  const parsed = JSON.parse(text) as typeof record
  const byKey = new Map<string, { readonly key: string; readonly value: number }>()
  for (const item of parsed.items) byKey.set(item.key, { ...item, value: item.value + 1 })
  let total = 0
  for (const [key, { value }] of byKey) total += value + Number(KEY.exec(key)?.[1] ?? 0)
  const written = JSON.stringify({ ...parsed, total })
  const bytes = Buffer.allocUnsafe(Buffer.byteLength(written))
  bytes.write(written)
  return total + bytes.toString('utf8').length
}

export function hostWork(): void {
  kept += work()
  if (kept < 0) throw new Error('unreachable: the sum only grows')
}
