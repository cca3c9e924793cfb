/** What the fields of the settings mean. */

export type Reach = 'here' | 'all' | 'one'

export function reachOf(host: string): Reach {
  if (host === '127.0.0.1') return 'here'
  return host === '' ? 'all' : 'one'
}

/** Null for what is no port that can be listened at. */
export function readPort(text: string): number | null {
  const port = Number(text.trim())
  return /^\s*\d{1,5}\s*$/.test(text) && port >= 1 && port <= 65_535 ? port : null
}

/** Whether what is typed cannot become a port; nothing is wrong with an empty field yet. */
export function portProblem(text: string): boolean {
  return text.trim() !== '' && readPort(text) === null
}

export function splitNames(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter((name) => name !== ''))]
}
