/** Scopes of the token protocol: `repository:<name>:<actions>` (distribution, token/scope.md). */

export const CATALOG_SCOPE = 'registry:catalog:*'

export type RepositoryAction = 'pull' | 'push' | 'delete'

export function repositoryScope(repository: string, ...actions: RepositoryAction[]): string {
  return `repository:${repository}:${actions.join(',')}`
}

/** One list out of several: the actions of the same resource together, everything sorted. */
export function mergeScopes(...lists: readonly (readonly string[])[]): string[] {
  const actions = new Map<string, Set<string>>()
  for (const scope of lists.flat()) {
    const colon = scope.lastIndexOf(':')
    if (colon < 0) continue
    const resource = scope.slice(0, colon)
    const known = actions.get(resource) ?? new Set()
    for (const action of scope.slice(colon + 1).split(',')) known.add(action)
    actions.set(resource, known)
  }
  return [...actions].map(([resource, set]) => `${resource}:${[...set].sort().join(',')}`).sort()
}
