/** What registries hold, seen from here, and copies between them: plain data, sizes in bytes. */
import type { AppError } from './errors'
import type { TransferPreview } from './lamina-api'
import type { ImageDetails } from './models'

/** The user name of an identity token, where nobody knows whose it is. */
export const TOKEN_USER = '<token>'

/** What a row of the tags shows of one. */
export interface TagDetails {
  /** Of what the tag stands for: an image, or an index of several platforms. */
  digest: string
  /** As it travels, of the image for one platform; null where there is no image in it. */
  size: number | null
  /** `linux/amd64`, …; empty for what is no container image. */
  platforms: string[]
  /** Milliseconds since 1970; null where nobody wrote it down. */
  createdAt: number | null
}

export interface RemoteLayer {
  digest: string
  diffId: string | null
  size: number
  mediaType: string
  /** The step that made it, where the history tells. */
  createdBy: string
}

/** An image in a registry, looked at without pulling it. */
export interface RemoteImage {
  /** Of what stands under the reference. */
  digest: string
  mediaType: string
  /** The document byte for byte: its sha256 is the digest. */
  raw: string
  /** Of an index, without its attestations; null: it is one image. */
  platforms: { platform: string; digest: string; size: number }[] | null
  /** Of an index: how many attestations (provenance, SBOM) stand in it. */
  attestations: number
  /** The image, or that of an index for the platform asked for; null: there is none. */
  image: {
    digest: string
    platform: string
    /** Base first. */
    layers: RemoteLayer[]
    /** As of an image of an engine, with sizes as they travel; `raw` is the config. */
    details: ImageDetails
  } | null
}

export interface TagSiblings {
  digest: string
  /** Every tag of this digest, the asked one among them. */
  tags: string[]
  /** Tags of multi-platform images that this one is a part of: it stays for them. */
  indexes: string[]
}

export interface DeletedTag {
  digest: string
  /** `manifest`: the image with its tags; `tag`: tags alone; `moved`: tags alone, by a detour. */
  how: 'tag' | 'manifest' | 'moved'
  removed: string[]
}

/** What a copy would do with a tag. */
export interface CopyPreviewTag {
  tag: string
  /**
   * `new`: the target has no such tag; `same`: it stands for the same there; `replaces`: it stands for
   * something else, which loses this name; `unknown`: the target does not tell.
   */
  state: 'new' | 'same' | 'replaces' | 'unknown'
  /** At the source. */
  digest: string | null
  /** At the target now. */
  replaces: string | null
}

export interface CopyPreview {
  tags: CopyPreviewTag[]
}

/** What a copy would send. */
export interface CopySize {
  /** Distinct blobs of the tags; what the target has, or can take over, is not among them. */
  blobs: { digest: string; size: number }[]
  /** How many tags could not be told of. */
  unknown: number
}

/** What a copy between registries did, tag by tag. */
export interface CopyReport {
  /** `registry.example.com/team/app` */
  source: string
  target: string
  /** `same`: nothing had to be sent. */
  tags: { tag: string; digest: string; state: 'copied' | 'same' }[]
  failed: { tag: string; error: AppError }[]
}

/** What a push would do, before anything is sent, and who will see it. */
export interface PushPlan extends TransferPreview {
  /** Who signs in there; null: nobody, or a token that has no name. */
  user: string | null
}
