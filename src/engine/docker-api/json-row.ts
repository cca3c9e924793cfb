/** Rows of lists as JSON text: what is the same in every answer is written once. */

/** What a row says in one answer and may not say in the next; what is undefined is left out. */
type Open<K extends string> = Partial<Record<K, string | number | undefined>>

/** The row with these values. */
export type JsonRow<K extends string> = (values: Open<K>) => string

/** @param open members of `row` that each answer fills in, where they stand in it */
export function jsonRow<K extends string>(row: Record<K, unknown>, open: readonly K[]): JsonRow<K> {
  const parts: { before: string; key: K | null }[] = [{ before: '', key: null }]
  for (const [name, value] of Object.entries(row)) {
    const last = parts[parts.length - 1] as { before: string; key: K | null }
    const key = open.find((one) => one === name)
    if (key !== undefined) {
      last.key = key
      parts.push({ before: '', key: null })
    } else if (value !== undefined) {
      last.before += `${JSON.stringify(name)}:${JSON.stringify(value)},`
    }
  }
  return (values) => {
    let text = '{'
    for (const { before, key } of parts) {
      text += before
      const value = key === null ? undefined : values[key]
      if (value !== undefined) text += `"${key}":${JSON.stringify(value)},`
    }
    return text.length > 1 ? `${text.slice(0, -1)}}` : '{}'
  }
}

export function jsonArray(rows: readonly string[]): string {
  return `[${rows.join(',')}]`
}
