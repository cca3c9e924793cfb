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

/** What a filter looks at: the texts of all columns, for each row. */
export function rowTexts<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string[] {
  const texts = columns.flatMap(({ text }) => (text ? [text] : []))
  return rows.map((row) =>
    texts
      .map((text) => text(row))
      .join('\n')
      .toLowerCase(),
  )
}

/**
 * Rows whose texts hold every word of the filter, in any column, whatever the case.
 * @param texts of the rows, in their order; asked for where there is a filter
 */
export function filterRows<Row>(
  rows: readonly Row[],
  texts: () => readonly string[],
  filter: string,
): readonly Row[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return rows
  const all = texts()
  return rows.filter((_, at) => words.every((word) => all[at]?.includes(word)))
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
