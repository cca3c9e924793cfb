/** Which images `docker save NAME…` means, and the names they travel under (moby image/tarexport/save.go). */
import { familiarReference, parseReference } from '@shared/reference'
import type { Store, StoredImage } from './types'

export interface NamedImage {
  image: StoredImage
  /** Familiar names with tag; none when it was asked for by id or digest. */
  tags: string[]
}

/**
 * A name without a tag means all tags of that repository; an id gives the image without names.
 * Throws `not_found` before anything is sent.
 */
export function namedImages(store: Store, names: readonly string[]): NamedImage[] {
  const found = new Map<string, NamedImage>()
  const add = (image: StoredImage, tag: string | null) => {
    const entry = found.get(image.id) ?? { image, tags: [] }
    if (tag !== null && !entry.tags.includes(tag)) entry.tags.push(tag)
    found.set(image.id, entry)
  }
  for (const name of names) {
    const parsed = parseReference(name)
    const matches = parsed.ok && isNameOnly(name) ? tagsOf(store, name) : []
    for (const { image, tag } of matches) add(image, tag)
    if (matches.length > 0) continue
    const image = store.images.resolve(name)
    const asTag = parsed.ok && parsed.reference.digest === null ? familiarTag(name) : null
    add(image, asTag !== null && image.tags.map(familiarTag).includes(asTag) ? asTag : null)
  }
  return [...found.values()]
}

function tagsOf(store: Store, name: string): { image: StoredImage; tag: string }[] {
  const parsed = parseReference(name)
  if (!parsed.ok) return []
  const prefix = `${parsed.reference.domain}/${parsed.reference.path}:`
  return store.images
    .list()
    .flatMap((image) => image.tags.map((tag) => ({ image, tag })))
    .filter(({ tag }) => tag.startsWith(prefix))
    .map(({ image, tag }) => ({ image, tag: familiarTag(tag) }))
    .sort((a, b) => (a.tag < b.tag ? -1 : 1))
}

function familiarTag(name: string): string {
  const parsed = parseReference(name)
  return parsed.ok ? familiarReference(parsed.reference) : name
}

/** Neither tag nor digest: a ":" before the last "/" belongs to a port. */
function isNameOnly(name: string): boolean {
  return !name.includes('@') && !name.slice(name.lastIndexOf('/') + 1).includes(':')
}
