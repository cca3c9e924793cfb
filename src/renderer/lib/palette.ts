/** One line of the command palette. */
export interface PaletteItem {
  id: string
  group: 'pages' | 'images' | 'containers' | 'actions'
  title: string
  /** Shown behind the title in small: an id, a state. Found by it too. */
  hint: string
  run(): void
}

/** How many of one kind are shown, so that 10,000 images do not hide the rest. */
const PER_GROUP = 8

/**
 * The items that hold every word of the query, best first: those that begin with it, then those
 * where a word begins with it, then the others; groups keep their order.
 */
export function searchPalette(items: readonly PaletteItem[], query: string): PaletteItem[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const scored = items.flatMap((item) => {
    const score = scoreOf(item, words)
    return score === null ? [] : [{ item, score }]
  })
  const groups = [...new Set(items.map(({ group }) => group))]
  return groups.flatMap((group) =>
    scored
      .filter(({ item }) => item.group === group)
      .sort((a, b) => b.score - a.score)
      .slice(0, PER_GROUP)
      .map(({ item }) => item),
  )
}

function scoreOf({ title, hint }: PaletteItem, words: readonly string[]): number | null {
  const hay = `${title} ${hint}`.toLowerCase()
  let score = 0
  for (const word of words) {
    const at = hay.indexOf(word)
    if (at < 0) return null
    if (at === 0) score += 2
    else if (/[\s/:._-]/.test(hay.charAt(at - 1))) score += 1
  }
  return score
}
