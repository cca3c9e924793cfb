/**
 * What a search in a tree finds: names with the query somewhere in them, in any case; a query with
 * `*` or `?` is a glob. With a "/" in it, it is matched against the whole path.
 */
export function pathMatcher(query: string): (path: string) => boolean {
  const byPath = query.includes('/')
  const wanted = query.toLowerCase().replace(/^\/+/, '')
  const glob = /[*?]/.test(wanted)
  return (path) => {
    const text = (byPath ? path : path.slice(path.lastIndexOf('/') + 1)).toLowerCase()
    return glob ? globMatches(wanted, text) : text.includes(wanted)
  }
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
