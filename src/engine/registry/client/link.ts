/** The query of the `rel="next"` target in a `Link` header (RFC 8288), or null on the last page. */
export function nextPage(header: string | undefined): URLSearchParams | null {
  if (!header) return null
  for (const part of header.matchAll(/<([^>]*)>((?:\s*;\s*[^,;]+)*)/g)) {
    const [, target = '', params = ''] = part
    if (!/;\s*rel\s*=\s*"?next"?/i.test(params)) continue
    const query = target.indexOf('?')
    return new URLSearchParams(query < 0 ? '' : target.slice(query + 1))
  }
  return null
}
