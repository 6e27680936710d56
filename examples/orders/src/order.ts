// What an order is, checked with a package from npm.
import * as v from 'valibot'

export const Order = v.object({
  item: v.string(),
  quantity: v.pipe(v.number(), v.integer(), v.minValue(1)),
})
export type Order = v.InferOutput<typeof Order>
