/** The filters of GET /images/json. */
import { familiarName, parseReference } from '@shared/reference'
import type { Store, StoredImage } from '../image/types'
import { ApiError } from './http/errors'
import type { Filters } from './http/filters'
import { isPattern, matchPath } from './path-match'
import { familiar } from './shapes/images'
import { findImage } from './wording'

export const IMAGE_FILTERS = ['before', 'dangling', 'label', 'reference', 'since']

/**
 * Newest first; with a reference filter, images show only the names that match it.
 * @param all also images that have no name and others build on
 */
export async function selectImages(
  store: Store,
  filters: Filters,
  all: boolean,
): Promise<StoredImage[]> {
  const { images } = store
  const dangling = filters.boolean('dangling', { digits: false })
  const before = filters.get('before').map((name) => findImage(images, name).created)
  const since = filters.get('since').map((name) => findImage(images, name).created)

  const selected: StoredImage[] = []
  for (const image of images.list()) {
    if (!before.every((limit) => image.created < limit)) continue
    if (!since.every((limit) => image.created > limit)) continue
    if (filters.has('label')) {
      const { config } = await store.images.config(image.id)
      if (!filters.labels('label', config?.Labels ?? null)) continue
    }
    const shown = filters.has('reference') ? withMatchingNames(image, filters) : image
    const unnamed = shown.tags.length === 0 && shown.digests.length === 0
    if (unnamed && filters.has('reference')) continue
    if (unnamed && dangling === false) continue
    if (unnamed && !all && images.children(image.id).length > 0) continue
    if (dangling === true && (shown.tags.length > 0 || !images.isDangling(image))) continue
    selected.push(shown)
  }
  return selected
}

function withMatchingNames(image: StoredImage, filters: Filters): StoredImage {
  const patterns = filters.get('reference')
  const matches = (name: string) => {
    const parsed = parseReference(name)
    const forms = parsed.ok ? [familiar(name), familiarName(parsed.reference)] : [name]
    if (!patterns.every(isPattern)) throw new ApiError(500, 'syntax error in pattern')
    return patterns.some((pattern) => forms.some((form) => matchPath(pattern, form)))
  }
  return { ...image, tags: image.tags.filter(matches), digests: image.digests.filter(matches) }
}
