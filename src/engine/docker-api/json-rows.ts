/** Lists as JSON, put together from rows that were written before: most of a list stays as it is. */

/** Remembers the last row of each view, for as long as the view lives (see `per-view.ts`). */
export class JsonRows<V extends object> {
  readonly #rows = new WeakMap<V, { said: string; bytes: Buffer }>()

  /** @param said what the row says beside the view: another one makes the row anew */
  row(view: V, said: string, make: () => object): Buffer {
    return this.json(view, said, () => Buffer.from(JSON.stringify(make())))
  }

  /** The same of what is JSON already. */
  json(view: V, said: string, make: () => Buffer): Buffer {
    const known = this.#rows.get(view)
    if (known?.said === said) return known.bytes
    const bytes = make()
    this.#rows.set(view, { said, bytes })
    return bytes
  }
}

const OPEN = Buffer.from('[')
const COMMA = Buffer.from(',')
const CLOSE = Buffer.from(']')

export function jsonArray(rows: readonly Buffer[]): Buffer {
  const parts = rows.flatMap((row, at) => (at === 0 ? [row] : [COMMA, row]))
  return Buffer.concat([OPEN, ...parts, CLOSE])
}
