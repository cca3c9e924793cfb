/** What an engine keeps and what it takes: plain data of the Storage page. */
import type { AppError } from './errors'
import type { ContainerState } from './models'

/** One row of `docker system df`: how many there are, and their bytes. */
export interface KindUsage {
  count: number
  size: number
  /** Bytes that a prune would give back: of images and volumes without containers, of stopped containers. */
  reclaimable: number
}

export interface StorageUsage {
  images: KindUsage
  containers: KindUsage
  volumes: KindUsage
}

/**
 * Everything of an engine that takes room, and what needs what: enough to tell what a removal would
 * free and break. A layer is kept once, however many images have it.
 */
export interface StorageContents {
  layers: StoredLayer[]
  /** Newest first. */
  images: StoredImage[]
  containers: StoredContainer[]
  volumes: StoredVolume[]
}

export interface StoredLayer {
  /** What engines keep a layer by: the layer with everything under it (OCI chain id). */
  chainId: string
  diffId: string
  /** Bytes of its files. */
  size: number
  /** Bytes that it takes on the disk; null where the engine does not tell (all but the bundled one). */
  stored: number | null
  createdBy: string
}

export interface StoredImage {
  id: string
  /** Tags and digest references, familiar form; a dangling image has none. */
  references: string[]
  createdAt: number
  size: number
  /** Its layers in `StorageContents.layers`, base first. */
  layers: number[]
}

export interface StoredContainer {
  id: string
  name: string
  image: string
  imageId: string
  state: ContainerState
  createdAt: number
  /** Bytes of its own layer; null where unknown. */
  size: number | null
}

export interface StoredVolume {
  name: string
  size: number | null
  /** Ids of the containers that mount it. */
  containers: string[]
}

/** What a clean-up did, in the order in which it was done. */
export interface CleanUpReport {
  lines: { kind: 'container' | 'untagged' | 'deleted' | 'volume'; name: string }[]
  /** Bytes of what was removed. */
  freed: number
  /** What stayed, and why. */
  failed: { name: string; error: AppError }[]
}

/** What a check of the bundled engine's store counted, and what is wrong. */
export interface StoreReport {
  blobs: number
  layers: number
  images: number
  references: number
  problems: {
    kind: 'blob' | 'layer' | 'image' | 'reference' | 'index' | 'file'
    /** Digest, name or path. */
    subject: string
    problem: string
  }[]
}
