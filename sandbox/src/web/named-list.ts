// Lists of what has a name, such as headers and the entries of a form.

interface Named {
  readonly name: string
}

export function findNamed<Item extends Named>(list: readonly Item[], name: string): Item | undefined {
  for (let index = 0; index < list.length; index++) if ((list[index] as Item).name === name) return list[index]
  return undefined
}

/** Takes away what has a name, except one of them. */
export function removeNamed<Item extends Named>(list: Item[], name: string, except: Item | undefined): void {
  let kept = 0
  for (let index = 0; index < list.length; index++) {
    const item = list[index] as Item
    if (item.name !== name || item === except) list[kept++] = item
  }
  list.length = kept
}
