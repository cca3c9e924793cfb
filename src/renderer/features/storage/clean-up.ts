/** What could be removed, what stands in its way, and what a choice of it frees. Pure. */
import type { ContainerState } from '@shared/models'
import type { StorageContents, StoredImage, StoredLayer } from '@shared/storage'

export type Kind = 'containers' | 'dangling' | 'images' | 'volumes'
export const KINDS: readonly Kind[] = ['containers', 'dangling', 'images', 'volumes']

export interface Candidate {
  /** Id of a container or an image, name of a volume. */
  id: string
  name: string
  /** All names of an image; of a container, its image. */
  detail: string
  size: number | null
  state: ContainerState | null
  /** Containers that must go, too: ids. */
  needs: string[]
}

export type Choice = Record<Kind, ReadonlySet<string>>

const STOPPED: readonly ContainerState[] = ['created', 'exited', 'dead']

/** Everything that nothing that runs needs. */
export function candidatesOf(contents: StorageContents): Record<Kind, Candidate[]> {
  const stopped = contents.containers.filter(({ state }) => STOPPED.includes(state))
  const goes = new Set(stopped.map(({ id }) => id))
  const images = contents.images
    .map((image) => ({ image, users: usersOf(contents, image) }))
    .filter(({ users }) => users.every((id) => goes.has(id)))
    .map(({ image, users }) => imageCandidate(contents, image, users))
  const isDangling = ({ id, name }: Candidate) => id === name
  return {
    containers: stopped.map(({ id, name, image, size, state }) => ({
      ...{ id, name, detail: image, size, state, needs: [] },
    })),
    dangling: images.filter(isDangling),
    images: images.filter((image) => !isDangling(image)),
    volumes: contents.volumes
      .filter(({ containers }) => containers.every((id) => goes.has(id)))
      .map(({ name, size, containers }) => ({
        ...{ id: name, name, detail: '', size, state: null, needs: containers },
      })),
  }
}

function usersOf({ containers }: StorageContents, image: StoredImage): string[] {
  return containers.filter(({ imageId }) => imageId === image.id).map(({ id }) => id)
}

function imageCandidate(
  { layers }: StorageContents,
  { id, references, layers: own }: StoredImage,
  needs: string[],
): Candidate {
  const size = [...new Set(own)].reduce((sum, layer) => sum + bytesOf(layers[layer]), 0)
  const detail = references.slice(1).join(', ')
  return { id, name: references[0] ?? id, detail, size, state: null, needs }
}

/** What is chosen and not in the way of a container that stays. */
export function effective(candidates: Record<Kind, Candidate[]>, choice: Choice): Choice {
  const pick = (kind: Kind) =>
    new Set(
      candidates[kind]
        .filter(({ id, needs }) => choice[kind].has(id) && isFree(needs, choice))
        .map(({ id }) => id),
    )
  return {
    containers: pick('containers'),
    dangling: pick('dangling'),
    images: pick('images'),
    volumes: pick('volumes'),
  }
}

export function isFree(needs: readonly string[], choice: Choice): boolean {
  return needs.every((id) => choice.containers.has(id))
}

/** Bytes that an effective choice gives back: of layers only those that no image that stays has. */
export function freedBy(contents: StorageContents, choice: Choice): number {
  const goes = ({ id }: StoredImage) => choice.dangling.has(id) || choice.images.has(id)
  const kept = new Set(
    contents.images.filter((image) => !goes(image)).flatMap(({ layers }) => layers),
  )
  const gone = new Set(contents.images.filter(goes).flatMap(({ layers }) => layers))
  let bytes = 0
  for (const layer of gone) if (!kept.has(layer)) bytes += bytesOf(contents.layers[layer])
  for (const { id, size } of contents.containers) if (choice.containers.has(id)) bytes += size ?? 0
  for (const { name, size } of contents.volumes) if (choice.volumes.has(name)) bytes += size ?? 0
  return bytes
}

/** What a layer takes: on the disk where that is known, else of its files. */
export function bytesOf(layer: StoredLayer | undefined): number {
  return layer ? (layer.stored ?? layer.size) : 0
}
