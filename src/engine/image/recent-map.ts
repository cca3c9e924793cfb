/** Promised values, of which the ones used last stay; one that fails is forgotten. */
export class RecentMap<K, V> {
  readonly #values = new Map<K, { value: Promise<V>; weight: number }>()
  #weight = 0

  /** Keeps values of up to `limit` in weight together, and the last one whatever it weighs. */
  constructor(
    private readonly limit: number,
    private readonly weigh: (value: V) => number,
  ) {}

  get(key: K, make: () => Promise<V>): Promise<V> {
    const known = this.#values.get(key)
    if (known) {
      this.#values.delete(key)
      this.#values.set(key, known)
      return known.value
    }
    const made = make()
    this.set(key, made)
    return made
  }

  set(key: K, value: Promise<V>): void {
    this.delete(key)
    const entry = { value, weight: 0 }
    this.#values.set(key, entry)
    value.then(
      (ready) => {
        if (this.#values.get(key) !== entry) return
        entry.weight = this.weigh(ready)
        this.#weight += entry.weight
        this.#shrink(key)
      },
      () => this.#values.get(key) === entry && this.delete(key),
    )
  }

  delete(key: K): void {
    this.#weight -= this.#values.get(key)?.weight ?? 0
    this.#values.delete(key)
  }

  #shrink(newest: K): void {
    for (const [key, { weight }] of this.#values) {
      if (this.#weight <= this.limit) return
      if (key !== newest && weight > 0) this.delete(key)
    }
  }
}
