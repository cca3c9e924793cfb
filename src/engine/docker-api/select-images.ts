/** The filters of GET /images/json. */
import type { Store, StoredImage } from '../image/types'
import { ApiError } from './http/errors'
import type { Filters } from './http/filters'
import { pathPattern } from './path-match'
import { bareNames, names } from './shapes/images'
import { findImage } from './wording'

export const IMAGE_FILTERS = ['before', 'dangling', 'label', 'reference', 'since']

/**
 * Newest first; with a reference filter, images show only the names that match it.
 * @param all also images that have no name and others build on
 */
export function selectImages(
  { images }: Pick<Store, 'images'>,
  filters: Filters,
  all: boolean,
): StoredImage[] {
  const dangling = filters.boolean('dangling', { digits: false })
  const before = filters.get('before').map((name) => findImage(images, name).created)
  const since = filters.get('since').map((name) => findImage(images, name).created)
  const patterns = filters.get('reference').map(pathPattern)

  const selected: StoredImage[] = []
  for (const image of images.list()) {
    if (!before.every((limit) => image.created < limit)) continue
    if (!since.every((limit) => image.created > limit)) continue
    if (!filters.labels('label', image.labels)) continue
    const shown = patterns.length > 0 ? withMatchingNames(image, patterns) : image
    if (shown === null) continue
    const unnamed = shown.tags.length === 0 && shown.digests.length === 0
    if (unnamed && dangling === false) continue
    if (unnamed && !all && images.children(image.id).length > 0) continue
    if (dangling === true && (shown.tags.length > 0 || !images.isDangling(image))) continue
    selected.push(shown)
  }
  return selected
}

/**
 * The image with the names that match, null when none does. A pattern may match a name as it is
 * shown, or without its tag or digest.
 */
function withMatchingNames(image: StoredImage, patterns: (RegExp | null)[]): StoredImage | null {
  const shown = names(image)
  const bare = bareNames(image)
  const matches = (name = '', withoutTag = '') =>
    patterns.some((pattern) => {
      if (pattern === null) throw new ApiError(500, 'syntax error in pattern')
      return pattern.test(name) || pattern.test(withoutTag)
    })
  const tags = image.tags.filter((_, at) => matches(shown.repoTags[at], bare.repoTags[at]))
  const digests = image.digests.filter((_, at) =>
    matches(shown.repoDigests[at], bare.repoDigests[at]),
  )
  return tags.length > 0 || digests.length > 0 ? { ...image, tags, digests } : null
}
