// What follows from an object that never changes, such as a deployment or a function of one, is found out once.

/** `make`, which is asked once for each object; what it gave goes when the object does. */
export function onceFor<Key extends object, Value extends object>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new WeakMap<Key, Value>()
  return (key) => {
    const known = made.get(key)
    if (known !== undefined) return known
    const value = make(key)
    made.set(key, value)
    return value
  }
}
