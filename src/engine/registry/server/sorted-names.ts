/** Names in order, kept so while they come and go, and given out in pages. */
import { compareNames } from './names'

export interface Page {
  names: string[]
  /** Whether there are more behind the last one. */
  more: boolean
}

export class SortedNames {
  readonly #names: string[] = []

  get size(): number {
    return this.#names.length
  }

  add(name: string): void {
    const at = this.#after(name)
    if (this.#names[at - 1] !== name) this.#names.splice(at, 0, name)
  }

  delete(name: string): void {
    const at = this.#after(name) - 1
    if (this.#names[at] === name) this.#names.splice(at, 1)
  }

  /** Up to `limit` names behind `last`, which need not be one of them (null: from the start). */
  page(limit: number, last: string | null): Page {
    const start = last === null ? 0 : this.#after(last)
    const names = this.#names.slice(start, start + limit)
    return { names, more: limit > 0 && start + names.length < this.#names.length }
  }

  /** The index of the first name behind `name`. */
  #after(name: string): number {
    let low = 0
    let high = this.#names.length
    // Names often come in order.
    const last = this.#names[high - 1]
    if (last !== undefined && compareNames(last, name) <= 0) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareNames(this.#names[middle] as string, name) <= 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
