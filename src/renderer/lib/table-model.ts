/** The part of a table that needs no screen: columns, filter, sort, selection. */

export interface Column<Row> {
  key: string
  title: string
  /** A CSS grid track: `120px`, `minmax(140px, 2fr)`. */
  width: string
  align?: 'left' | 'right'
  /** Monospace: ids, paths, commands. */
  mono?: boolean
  /** What the filter looks at, and what the cell shows where it has no slot. */
  text?: (row: Row) => string
  /** Makes the column sortable, ascending. */
  compare?: (a: Row, b: Row) => number
}

export interface Sort {
  key: string
  descending: boolean
}

/** Rows whose texts hold every word of the filter, in any column, whatever the case. */
export function filterRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  filter: string,
): readonly Row[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return rows
  const texts = columns.flatMap(({ text }) => (text ? [text] : []))
  return rows.filter((row) => {
    const hay = texts
      .map((text) => text(row))
      .join('\n')
      .toLowerCase()
    return words.every((word) => hay.includes(word))
  })
}

/** A sorted copy; rows that compare equal keep their order. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sort: Sort | null,
): readonly Row[] {
  const compare = columns.find(({ key }) => key === sort?.key)?.compare
  if (!sort || !compare) return rows
  return [...rows].sort((a, b) => (sort.descending ? compare(b, a) : compare(a, b)))
}

/** What a click on a column's head does: ascending, descending, ascending… */
export function nextSort(sort: Sort | null, key: string): Sort {
  return { key, descending: sort?.key === key && !sort.descending }
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** Number-aware order of texts: `v2` before `v10`. */
export function byText<Row>(text: (row: Row) => string): (a: Row, b: Row) => number {
  return (a, b) => collator.compare(text(a), text(b))
}

export function byNumber<Row>(value: (row: Row) => number): (a: Row, b: Row) => number {
  return (a, b) => value(a) - value(b)
}
