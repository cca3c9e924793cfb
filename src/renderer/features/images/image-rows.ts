import type { ImageSummary } from '@shared/models'

/** A row of the list: one for each tag of an image, one for an image without any. */
export interface ImageRow {
  /** `repository:tag`, or the id of an untagged image: what commands take. */
  reference: string
  repository: string
  tag: string
  image: ImageSummary
}

/** What docker prints where there is no name. */
export const NONE = '<none>'

export function imageRows(images: readonly ImageSummary[]): ImageRow[] {
  return images.flatMap((image) =>
    image.repoTags.length === 0
      ? [untagged(image)]
      : image.repoTags.map((reference) => ({ reference, ...splitTag(reference), image })),
  )
}

/** An image pulled by digest has a repository but no tag. */
function untagged(image: ImageSummary): ImageRow {
  const repository = image.repoDigests[0]?.split('@')[0] ?? NONE
  return { reference: image.id, repository, tag: NONE, image }
}

/** `127.0.0.1:5000/team/app:1.0` has its tag after the last slash. */
export function splitTag(reference: string): { repository: string; tag: string } {
  const colon = reference.lastIndexOf(':')
  if (colon <= reference.lastIndexOf('/')) return { repository: reference, tag: NONE }
  return { repository: reference.slice(0, colon), tag: reference.slice(colon + 1) }
}

/** A file name for an archive of these images: `mhk-debian-1.3.tar`. */
export function archiveName(references: readonly string[]): string {
  const [first = 'images'] = references
  if (references.length > 1) return 'images.tar'
  const name = first.replace(/^sha256:/, '').replace(/[^A-Za-z0-9._-]+/g, '-')
  return `${name.slice(0, 80)}.tar`
}
