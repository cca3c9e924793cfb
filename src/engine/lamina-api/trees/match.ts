/**
 * What a search in a tree finds: paths with the query somewhere in them, in any case; a query with
 * `*` or `?` is a glob over the name, or over the whole path when it has a slash.
 */
export function pathMatcher(query: string): (path: string) => boolean {
  const wanted = query.toLowerCase().replace(/^\/+/, '')
  if (!/[*?]/.test(wanted)) return (path) => path.toLowerCase().includes(wanted)
  if (wanted.includes('/')) return (path) => globMatches(wanted, path.toLowerCase())
  return (path) => globMatches(wanted, path.slice(path.lastIndexOf('/') + 1).toLowerCase())
}

/** `*` is any text, `?` one character. Goes back to the last `*` only: never worse than n × m. */
function globMatches(glob: string, text: string): boolean {
  let at = 0
  let star = -1
  let starAt = 0
  let g = 0
  while (at < text.length) {
    if (glob[g] === '*') {
      star = g++
      starAt = at
    } else if (g < glob.length && (glob[g] === '?' || glob[g] === text[at])) {
      g++
      at++
    } else if (star >= 0) {
      g = star + 1
      at = ++starAt
    } else return false
  }
  while (glob[g] === '*') g++
  return g === glob.length
}
