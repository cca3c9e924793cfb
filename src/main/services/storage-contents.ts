/** Everything that takes room on an engine, and what needs what. */
import type { StorageContents, StoredLayer } from '@shared/storage'
import { containerName, containerState, fetchContainers } from '../docker/containers'
import { listImages } from '../docker/images'
import { storedLayers } from '../docker/lamina'
import { fullId } from '../docker/names'
import { readVolumeSizes } from '../docker/storage'
import { listVolumes } from '../docker/volumes'
import type { EngineConnection } from './engines'
import { readLayers } from './image-layers'

/**
 * Reads images with their layers, containers and volumes with their sizes. The bundled engine keeps a
 * layer by its diffID, Docker by its chain id: what is the same to the engine is one layer here.
 */
export async function readContents(
  { client, engine }: EngineConnection,
  signal: AbortSignal,
): Promise<StorageContents> {
  const bundled = engine.kind === 'bundled'
  const [images, containers, volumes, sizes, kept] = await Promise.all([
    listImages(client, signal),
    fetchContainers(client, signal, { sizes: true }),
    listVolumes(client, signal),
    // Podman and old daemons do not tell: then the sizes are not known.
    readVolumeSizes(client, signal).catch(() => new Map<string, number>()),
    bundled ? storedLayers(client, signal) : [],
  ])
  const stored = new Map(kept.map((layer) => [layer.diffId, layer.stored]))
  const found = await readLayers(
    client,
    images.map(({ id }) => id),
    signal,
  )
  const layers: StoredLayer[] = []
  const places = new Map<string, number>()
  const placeOf = (layer: Omit<StoredLayer, 'stored'>): number => {
    const key = bundled ? layer.diffId : layer.chainId
    const known = places.get(key)
    if (known !== undefined) return known
    places.set(key, layers.length)
    return layers.push({ ...layer, stored: stored.get(layer.diffId) ?? null }) - 1
  }
  return {
    images: images.map(({ id, repoTags, repoDigests, createdAt, size }) => ({
      ...{ id, createdAt, size },
      references: [...repoTags, ...repoDigests],
      layers: (found.get(id) ?? []).map(placeOf),
    })),
    layers,
    containers: containers.map((container) => ({
      id: container.Id,
      name: containerName(container.Names),
      image: container.Image,
      imageId: fullId(container.ImageID),
      state: containerState(container.State),
      createdAt: container.Created * 1000,
      // Docker leaves out a zero.
      size: container.SizeRw ?? 0,
    })),
    volumes: volumes.map(({ name, usedBy }) => ({
      name,
      size: sizes.get(name) ?? null,
      containers: [...new Set(usedBy.map(({ id }) => id))],
    })),
  }
}
