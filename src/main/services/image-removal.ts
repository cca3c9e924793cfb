/**
 * What a removal of images would do, found out without doing it: which tags go, which images go
 * with them, what stands in the way, how many bytes come free. It follows dockerd's own rules
 * (moby daemon/images/image_delete.go).
 */
import type { ImageSummary, RemovePreview } from '@shared/models'
import { familiarReference, parseReference } from '@shared/reference'
import type { DockerClient } from '../docker/client'
import { containerName, containerState, fetchContainers } from '../docker/containers'
import { listImages, listParents } from '../docker/images'
import { fullId } from '../docker/names'
import { readChains, readLayers } from './image-layers'

type Item = RemovePreview['items'][number]

interface Simulated {
  image: ImageSummary
  tags: Set<string>
  digests: Set<string>
  gone: boolean
}

/** Goes through `references` in their order, as `images.remove` will. */
export async function previewRemove(
  client: DockerClient,
  references: string[],
  signal: AbortSignal,
): Promise<RemovePreview> {
  const [images, parents, containers] = await Promise.all([
    listImages(client, signal),
    listParents(client, signal),
    fetchContainers(client, signal),
  ])
  const state = new Map<string, Simulated>(
    images.map((image) => [
      image.id,
      {
        image,
        tags: new Set(image.repoTags),
        digests: new Set(image.repoDigests),
        gone: false,
      },
    ]),
  )
  const items: Item[] = []
  const going: string[] = []
  for (const reference of references) {
    const target = resolve(state, reference)
    if (target === null) {
      items.push({ reference, untagged: [], deletesImage: false, frees: 0, blockers: [] })
      continue
    }
    const untagged = untag(target, reference)
    const id = target.image.id
    const last = target.tags.size === 0 && target.digests.size === 0
    // An image that others were built from stays, without a name, as their parent.
    const hasChildren = parents.some((one) => one.parent === id && !state.get(one.id)?.gone)
    const blockers = containers
      .filter((container) => last && fullId(container.ImageID) === id)
      .map((container) => ({
        id: container.Id,
        name: containerName(container.Names),
        state: containerState(container.State),
      }))
    const deletesImage = last && !hasChildren
    if (deletesImage) target.gone = true
    // A container's file system holds the layers, even when its image is removed by force.
    if (deletesImage && blockers.length === 0) going.push(id)
    items.push({ reference, untagged, deletesImage, frees: 0, blockers })
  }
  const freed = await freedBytes(client, images, going, signal)
  let total: number | null = freed === null ? null : 0
  const counted = new Set<string>()
  for (const item of items) {
    const id = resolve(state, item.reference)?.image.id
    const bytes = freed === null ? null : (freed.get(id ?? '') ?? 0)
    const first = item.deletesImage && id !== undefined && !counted.has(id)
    if (first) counted.add(id)
    item.frees = bytes === null ? null : first ? bytes : 0
    if (total !== null) total += item.frees ?? 0
  }
  return { items, frees: total }
}

/** The image that a tag, a digest reference or an id means. */
function resolve(state: Map<string, Simulated>, reference: string): Simulated | null {
  const parsed = parseReference(reference)
  const name = parsed.ok ? familiarReference(parsed.reference) : null
  for (const one of state.values()) {
    if (one.image.repoTags.includes(name ?? '') || one.image.repoDigests.includes(name ?? '')) {
      return one
    }
  }
  const hex = reference.replace(/^sha256:/, '')
  if (!/^[0-9a-f]{4,64}$/.test(hex)) return null
  const matches = [...state.values()].filter(({ image }) => image.id.startsWith(`sha256:${hex}`))
  return matches.length === 1 ? (matches[0] as Simulated) : null
}

/** Takes the names away that `docker rmi` would, and lists them. */
function untag(target: Simulated, reference: string): string[] {
  const parsed = parseReference(reference)
  const name = parsed.ok ? familiarReference(parsed.reference) : ''
  const removed: string[] = []
  if (!target.tags.has(name) && !target.digests.has(name)) {
    // By id: every name goes.
    removed.push(...target.tags, ...target.digests)
    target.tags.clear()
    target.digests.clear()
    return removed
  }
  const repository = repositoryOf(name)
  const sameRepository = (other: string) => repositoryOf(other) === repository
  for (const names of [target.tags, target.digests]) if (names.delete(name)) removed.push(name)
  // With the last tag of a repository its digests go, too.
  if (![...target.tags].some(sameRepository)) {
    for (const digest of [...target.digests].filter(sameRepository)) {
      target.digests.delete(digest)
      removed.push(digest)
    }
  }
  return removed
}

function repositoryOf(name: string): string {
  return name.replace(/@.*$/, '').replace(/:[^/:]*$/, '')
}

/**
 * Bytes that come free with each image of `going`, counting a layer that several of them share at
 * the last one; null where the engine does not tell its layers.
 */
async function freedBytes(
  client: DockerClient,
  images: ImageSummary[],
  going: string[],
  signal: AbortSignal,
): Promise<Map<string, number> | null> {
  const freed = new Map<string, number>()
  if (going.length === 0) return freed
  const leaving = new Set(going)
  const chains = await readChains(
    client,
    images.map(({ id }) => id),
    signal,
  )
  const layers = await readLayers(client, going, signal)
  const kept = new Set<string>()
  for (const { id } of images) {
    if (!leaving.has(id)) for (const chain of chains.get(id)?.chainIds ?? []) kept.add(chain)
  }
  const users = new Map<string, number>()
  for (const id of going) {
    for (const chain of chains.get(id)?.chainIds ?? []) {
      users.set(chain, (users.get(chain) ?? 0) + 1)
    }
  }
  for (const id of going) {
    const own = layers.get(id)
    if (own === undefined) return null
    let bytes = 0
    for (const { chainId, size } of own) {
      const left = (users.get(chainId) ?? 1) - 1
      users.set(chainId, left)
      if (left === 0 && !kept.has(chainId)) bytes += size
    }
    freed.set(id, bytes)
  }
  return freed
}
