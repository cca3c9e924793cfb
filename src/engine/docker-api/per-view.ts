/**
 * Remembers what is made of a view for as long as the view lives. A view (of an image, of a
 * container's record) never changes: the stores make a new one when anything about it does, and what
 * was made of the old one goes with it. Whatever else it is made of must be the same for ever, too.
 */
export function perView<V extends object, A extends unknown[], T extends object>(
  make: (view: V, ...others: A) => T,
): { (view: V, ...others: A): T; known: (view: V) => T | undefined } {
  const made = new WeakMap<V, T>()
  const of = (view: V, ...others: A): T => {
    let value = made.get(view)
    if (!value) {
      value = make(view, ...others)
      made.set(view, value)
    }
    return value
  }
  return Object.assign(of, { known: (view: V) => made.get(view) })
}
