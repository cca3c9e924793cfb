/** The tags of a repository that are here. */
import { parseReference, type Reference } from '@shared/reference'
import type { Store } from '../image/types'

export function taggedIn(
  { images }: Pick<Store, 'images'>,
  { domain, path }: Pick<Reference, 'domain' | 'path'>,
): Reference[] {
  const prefix = `${domain}/${path}:`
  const names = images.list().flatMap(({ tags }) => tags.filter((tag) => tag.startsWith(prefix)))
  return names.flatMap((name) => {
    const parsed = parseReference(name)
    return parsed.ok ? [parsed.reference] : []
  })
}
