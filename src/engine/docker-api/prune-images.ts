/** POST /images/prune: images that no container uses; of those the unnamed ones, or all. */
import type { RemovedItem, StoredImage } from '../image/types'
import { hasLabel, type Filters } from './http/filters'
import type { Services } from './services'
import { parseMoment } from './time'

export async function pruneImages(
  { store, containers }: Services,
  filters: Filters,
): Promise<{ items: RemovedItem[]; freed: number }> {
  const { images } = store
  const total = () => images.uniqueSize(images.list().map(({ id }) => id))
  const danglingOnly = filters.boolean('dangling') ?? true
  const until = filters.get('until').map(parseMoment)
  const before = total()
  const items: RemovedItem[] = []

  const selects = async (image: StoredImage) => {
    if (!images.get(image.id) || containers.usersOfImage(image.id).length > 0) return false
    if (danglingOnly && !images.isDangling(image)) return false
    if (!until.every((limit) => image.created < limit)) return false
    const { config } = await images.config(image.id)
    const labels = config?.Labels ?? null
    return (
      filters.labels('label', labels) &&
      !filters.get('label!').some((label) => hasLabel(labels, label))
    )
  }
  for (const image of images.list()) {
    if (!(await selects(image))) continue
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
