/** Names of repositories and tags (distribution spec, "Pulling manifests"). */
const NAME = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/
/** docker-registry's limit, which clients know, too. */
const MAX_NAME = 255

export function isRepositoryName(name: string): boolean {
  return name.length <= MAX_NAME && NAME.test(name)
}

export function isTag(tag: string): boolean {
  return TAG.test(tag)
}

/** Lexical order as the spec has it: without regard to case; capitals first between equals. */
export function compareNames(a: string, b: string): number {
  const [x, y] = [a.toLowerCase(), b.toLowerCase()]
  if (x !== y) return x < y ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}
