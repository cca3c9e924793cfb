/** POST /images/prune: images that no container uses; of those the unnamed ones, or all. */
import type { RemovedItem, StoredImage } from '../image/types'
import type { Filters } from './http/filters'
import type { Services } from './services'
import { parseUntil } from './time'

export async function pruneImages(
  { store, containers }: Services,
  filters: Filters,
): Promise<{ items: RemovedItem[]; freed: number }> {
  const { images } = store
  const total = () => images.uniqueSize(images.list().map(({ id }) => id))
  // The CLI adds its own value to the user's: the one that is false wins.
  const isAll = ['false', '0'].some((value) => filters.get('dangling').includes(value))
  const danglingOnly = !isAll && (filters.boolean('dangling') ?? true)
  const until = parseUntil(filters)
  const before = total()
  const items: RemovedItem[] = []

  const selects = (image: StoredImage) => {
    if (!images.get(image.id) || containers.usersOfImage(image.id).length > 0) return false
    if (danglingOnly && !images.isDangling(image)) return false
    if (until !== null && image.created >= until) return false
    return filters.allowsLabels(image.labels)
  }
  for (const image of images.list()) {
    if (!selects(image)) continue
    if (!danglingOnly && images.children(image.id).length > 0 && isUnnamed(image)) continue
    const names = isUnnamed(image) ? [image.id] : [...image.tags, ...image.digests]
    for (const name of names) {
      // The last tag takes the image and its digest references with it.
      if (images.get(image.id)) for (const item of await images.remove(name)) items.push(item)
    }
  }
  return { items, freed: before - total() }
}

function isUnnamed({ tags, digests }: StoredImage): boolean {
  return tags.length === 0 && digests.length === 0
}
