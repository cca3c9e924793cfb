/** Names that are written before work that may fail, and taken back when it does. */
import type { DockerClient } from '../docker/client'
import { findImage, listImages, removeImage, tagImage } from '../docker/images'

export interface PlacedTag {
  /** Id of the image that the tag now stands at. */
  image: string
  /** Makes the engine's names what they were before. */
  undo(): Promise<void>
}

/** Tags `image` as `reference` unless it is. A tag that stood at another image moves, and back. */
export async function placeTag(
  client: DockerClient,
  image: string,
  reference: string,
): Promise<PlacedTag> {
  const source = await findImage(client, image)
  const before = await findImage(client, reference).catch(() => null)
  if (before?.id === source.id) return { image: source.id, undo: async () => undefined }
  await tagImage(client, source.id, reference)
  return {
    image: source.id,
    undo: async () => {
      if (before) await tagImage(client, before.id, reference).catch(() => undefined)
      else await untag(client, source.id, reference)
    },
  }
}

/** Every name of an engine and the image that it stands at. */
export async function namesOf(client: DockerClient): Promise<Map<string, string>> {
  const images = await listImages(client)
  return new Map(images.flatMap(({ id, repoTags }) => repoTags.map((tag) => [tag, id] as const)))
}

/** Takes names back that came since `before` was read: removed, or moved to where they stood. */
export async function takeBack(
  client: DockerClient,
  names: string[],
  before: Map<string, string>,
): Promise<void> {
  for (const name of names) {
    const image = before.get(name)
    if (image) await tagImage(client, image, name).catch(() => undefined)
    else await removeImage(client, name, false).catch(() => undefined) // the engine may be gone
  }
}

/**
 * Removes a name, never the image: with its last name an image goes, and one that had no other name
 * keeps this one.
 */
async function untag(client: DockerClient, image: string, reference: string): Promise<void> {
  try {
    const { repoTags } = await findImage(client, image)
    if (repoTags.some((tag) => tag !== reference)) await removeImage(client, reference, false)
  } catch {
    return // the engine went away: it has not pushed, and the name does no harm
  }
}
