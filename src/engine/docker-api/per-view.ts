/**
 * Remembers what is made of a view for as long as the view lives. A view (of an image, of a
 * container's record) never changes: the stores make a new one when anything about it does, and what
 * was made of the old one goes with it.
 */
export function perView<V extends object, T extends object>(make: (view: V) => T): (view: V) => T {
  const made = new WeakMap<V, T>()
  return (view) => {
    let value = made.get(view)
    if (!value) {
      value = make(view)
      made.set(view, value)
    }
    return value
  }
}
