// Goes through what waits by number, whatever the guest has done to iterators.
import { mapEntries, mapIteratorNext } from '../intrinsics.ts'

/** @param act may delete the item, and add others, which follow. */
export function forEachOf<Item>(items: Map<number, Item>, act: (item: Item, id: number) => void): void {
  const entries = mapEntries(items)
  for (;;) {
    const step = mapIteratorNext(entries)
    if (step.done) return
    const { 0: id, 1: item } = step.value as unknown as { readonly 0: number; readonly 1: Item }
    act(item, id)
  }
}
