/** `docker rmi`: what goes and what stands in the way (moby daemon/images/image_delete.go). */
import { LaminaError } from '@shared/errors'
import type { Digest } from '../oci/digest'
import { familiar, isCanonical, isIdPrefix, repositoryOf } from './image-names'
import type { ImageStore, RemovedItem, RemoveOptions, StoredImage } from './types'

export interface RemovalSteps {
  images: ImageStore
  /** The reference that a text is of an image; null when it names it by id. */
  keyOf: (image: StoredImage, text: string) => string | null
  /** @param quiet nobody is told: a digest that goes with its last tag */
  untag: (key: string, id: Digest, quiet?: boolean) => Promise<void>
  /** Forgets the image; the chain ids of the layers that went with it, top first. */
  forget: (id: Digest) => Promise<Digest[]>
}

interface Conflict {
  hard: boolean
  /** A container uses it. */
  used: boolean
  message: string
}

/** @throws LaminaError not_found, conflict (params.message is dockerd's sentence) */
export async function removeImage(
  steps: RemovalSteps,
  name: string,
  options: RemoveOptions,
): Promise<RemovedItem[]> {
  const image = steps.images.resolve(name)
  const removed: RemovedItem[] = []
  const untag = async (key: string, { shown = key, quiet = false } = {}) => {
    await steps.untag(key, image.id, quiet)
    removed.push({ untagged: familiar(shown) })
  }
  const names = namesOf(image)
  const key = isIdPrefix(image.id, name) ? null : steps.keyOf(image, name)
  if (key !== null) {
    refuseLastNameInUse(image, name, names, options)
    // Of a name with tag and digest only the digest counts, and both are shown.
    await untag(key, { shown: isCanonical(key) ? name : key })
    const rest = names.filter((other) => other !== key)
    const orphans = isCanonical(key) ? [] : orphanedDigests(rest, repositoryOf(key))
    for (const orphan of orphans) await untag(orphan, { quiet: true })
    if (rest.length > orphans.length) return removed
  } else if (isSingleReference(names)) {
    const conflict = findConflict(steps, image, options, options.force ? 'hard' : 'no-names')
    if (conflict) throw refuse(image.id, conflict)
    for (const each of names) await untag(each)
  }
  await removeUnnamed(steps, image.id, options, key !== null, removed)
  return removed
}

/** Removes the image with all of its names, then parents that nobody needs any more. */
async function removeUnnamed(
  steps: RemovalSteps,
  id: Digest,
  options: RemoveOptions,
  quiet: boolean,
  removed: RemovedItem[],
): Promise<void> {
  const image = steps.images.get(id)
  if (!image) return
  const conflict = findConflict(steps, image, options, options.force ? 'hard' : 'all')
  if (conflict) {
    // Names are gone: not being able to remove the rest is worth a word only for a dangling image.
    if (quiet && (!steps.images.isDangling(image) || conflict.used)) return
    throw refuse(id, conflict)
  }
  for (const key of namesOf(image)) {
    await steps.untag(key, id)
    removed.push({ untagged: familiar(key) })
  }
  const chain = await steps.forget(id)
  removed.push({ deleted: id }, ...chain.map((deleted) => ({ deleted })))
  if (options.prune === false || image.parent === null) return
  await removeUnnamed(steps, image.parent, { ...options, force: false }, true, removed)
}

function findConflict(
  { images }: RemovalSteps,
  image: StoredImage,
  options: RemoveOptions,
  level: 'hard' | 'no-names' | 'all',
): Conflict | null {
  const users = options.users?.(image.id) ?? []
  const running = users.find((user) => user.running)
  const stopped = users.find((user) => !user.running)
  if (images.children(image.id).length > 0)
    return { hard: true, used: false, message: 'image has dependent child images' }
  if (running) {
    const message = `image is being used by running container ${short(running.id)}`
    return { hard: true, used: true, message }
  }
  if (level === 'all' && namesOf(image).length > 0)
    return { hard: false, used: false, message: 'image is referenced in multiple repositories' }
  if (level !== 'hard' && stopped) {
    const message = `image is being used by stopped container ${short(stopped.id)}`
    return { hard: false, used: true, message }
  }
  return null
}

/** The last name of an image that a container uses: without it the image would only dangle. */
function refuseLastNameInUse(
  image: StoredImage,
  name: string,
  names: string[],
  options: RemoveOptions,
): void {
  const user = options.users?.(image.id)[0]
  if (options.force || !user || !isSingleReference(names)) return
  throw conflictError(
    `conflict: unable to remove repository reference ${JSON.stringify(name)} (must force) - container ${short(user.id)} is using its referenced image ${short(image.id)}`,
  )
}

/** Digests of a repository that has no tag of this image any more. */
function orphanedDigests(names: string[], repository: string): string[] {
  const same = names.filter((name) => repositoryOf(name) === repository)
  return same.every(isCanonical) ? same : []
}

/** At most one tag, and all digests of the tag's repository. */
function isSingleReference(names: string[]): boolean {
  if (names.length <= 1) return true
  const tags = names.filter((name) => !isCanonical(name))
  if (tags.length > 1) return false
  const repositories = new Set(names.filter(isCanonical).map(repositoryOf))
  return repositories.size === 1 && repositories.has(repositoryOf(tags[0] ?? names[0] ?? ''))
}

function namesOf(image: StoredImage): string[] {
  return [...image.tags, ...image.digests]
}

function refuse(id: Digest, { hard, message }: Conflict): LaminaError {
  const force = hard ? 'cannot be forced' : 'must be forced'
  return conflictError(`conflict: unable to delete ${short(id)} (${force}) - ${message}`)
}

function conflictError(message: string): LaminaError {
  return new LaminaError('conflict', { message, docker: message })
}

function short(id: string): string {
  return id.slice(id.indexOf(':') + 1).slice(0, 12)
}
