/** Changes under way, by name, so that who has to see the outcome can wait for it. */
export class Underway {
  readonly #changes = new Map<string, Promise<unknown>>()

  /** The last change of what has this name, and so the last to be over; it does not fail. */
  of(name: string): Promise<unknown> | undefined {
    return this.#changes.get(name)
  }

  /** Keeps the names busy until the change is over; throws what it throws. */
  async during(names: readonly string[], change: Promise<unknown>): Promise<void> {
    const over = change.catch(() => undefined)
    for (const name of names) this.#changes.set(name, over)
    try {
      await change
    } finally {
      for (const name of names) if (this.#changes.get(name) === over) this.#changes.delete(name)
    }
  }
}
