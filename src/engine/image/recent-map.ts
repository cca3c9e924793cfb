/** Promised values, of which the ones used last stay; one that fails is forgotten. */
export class RecentMap<K, V> {
  readonly #values = new Map<K, Promise<V>>()

  constructor(private readonly limit: number) {}

  get(key: K, make: () => Promise<V>): Promise<V> {
    const known = this.#values.get(key)
    if (known) {
      this.#values.delete(key)
      this.#values.set(key, known)
      return known
    }
    const made = make()
    made.catch(() => this.#values.get(key) === made && this.#values.delete(key))
    this.set(key, made)
    return made
  }

  set(key: K, value: Promise<V>): void {
    this.#values.delete(key)
    this.#values.set(key, value)
    const oldest = this.#values.keys().next()
    if (this.#values.size > this.limit && !oldest.done) this.#values.delete(oldest.value)
  }

  delete(key: K): void {
    this.#values.delete(key)
  }
}
