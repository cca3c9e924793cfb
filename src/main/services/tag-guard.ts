/** Names that are written before work that may fail, and taken back when it does. */
import { LaminaError } from '@shared/errors'
import type { DockerClient } from '../docker/client'
import { findImage, listImages, removeImage, tagImage } from '../docker/images'

export interface PlacedTag {
  /** Id of the image that the tag now stands at. */
  image: string
  /** Makes the engine's names what they were before; throws where the engine is away. */
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
    undo: () =>
      before
        ? unlessGone(tagImage(client, before.id, reference))
        : unlessGone(untag(client, source.id, reference)),
  }
}

/** Every name of an engine and the image that it stands at. */
export async function namesOf(client: DockerClient): Promise<Map<string, string>> {
  const images = await listImages(client)
  return new Map(images.flatMap(({ id, repoTags }) => repoTags.map((tag) => [tag, id] as const)))
}

/**
 * Takes names back that came since `before` was read: removed, or moved to where they stood.
 * Throws where the engine is away.
 */
export async function takeBack(
  client: DockerClient,
  names: string[],
  before: Map<string, string>,
): Promise<void> {
  for (const name of names) {
    const image = before.get(name)
    await unlessGone(image ? tagImage(client, image, name) : removeImage(client, name, false))
  }
}

/**
 * Removes a name, never the image: with its last name an image goes, and one that had no other name
 * keeps this one.
 */
async function untag(client: DockerClient, image: string, reference: string): Promise<void> {
  const { repoTags } = await findImage(client, image)
  if (!repoTags.includes(reference)) return
  if (repoTags.length > 1) await removeImage(client, reference, false)
}

/** Somebody else removed it, or has begun to use it: there is nothing to take back any more. */
async function unlessGone(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (thrown) {
    const code = thrown instanceof LaminaError ? thrown.code : null
    if (code !== 'not_found' && code !== 'conflict') throw thrown
  }
}
