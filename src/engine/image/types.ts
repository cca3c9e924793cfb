/**
 * The two views that every medium is a source or a sink of (as in google/go-containerregistry), and
 * what the bundled store offers. Views are immutable: a change makes a new view.
 */
import type { BlobInfo, BlobStore, ByteStream, Lease } from '../blob/blob-store'
import type { FileTree, LayerEntry, LayerIndex, LayerSource } from '../layer/types'
import type { Digest } from '../oci/digest'
import type { ImageConfig } from '../oci/image-config'
import type { Descriptor, Manifest } from '../oci/manifest'
import type { Compression } from '../oci/media-types'

/** A layer, wherever it is. */
export interface Layer {
  /** Digest of the uncompressed tar. */
  readonly diffId: Digest
  /**
   * Media type, digest and size of the form in which it travels. Of a plain layer of the store, it
   * is compressed at the first call and remembered by its diffID.
   */
  descriptor(): Promise<Descriptor>
  /** The bytes of `descriptor`, from `start` on. `reuse`: as BlobStore.open. */
  open(options?: { start?: number; signal?: AbortSignal; reuse?: boolean }): Promise<ByteStream>
  /** The tar. */
  uncompressed(options?: { signal?: AbortSignal }): Promise<ByteStream>
  /** Its files; made in one walk where it is not known yet. */
  index(options?: { signal?: AbortSignal; progress?: Progress }): Promise<LayerIndex>
}

/** An image for one platform, wherever it is. */
export interface Image {
  /** Docker's image id: the digest of `rawConfig`. */
  readonly id: Digest
  readonly config: ImageConfig
  readonly rawConfig: Buffer
  /** Base first, one for each diffID of the config. */
  readonly layers: readonly Layer[]
  /**
   * The manifest under which it travels: the one that it came with, else a new one of Docker's
   * schema 2 (which compresses plain layers: see `Layer.descriptor`).
   */
  manifest(): Promise<RawManifest>
}

export interface RawManifest {
  /** Of the raw bytes. */
  descriptor: Descriptor
  raw: Buffer
  manifest: Manifest
}

/** Bytes done, and in all where that is known. */
export type Progress = (done: number, total: number | null) => void

/** A layer in the store: `layers/<algorithm>/<hex>.json`. */
export interface StoredLayer {
  diffId: Digest
  /** Bytes of the uncompressed tar. */
  size: number
  /** Bytes of its files and of the targets of its symbolic links: what Docker calls a layer's size. */
  contentSize: number
  /** What is kept of it; the first one is how it arrived or was built. */
  forms: LayerForm[]
}

export interface LayerForm {
  compression: Compression
  digest: Digest
  size: number
}

/** Takes the bytes of one layer, plain, gzip or zstd, and keeps them as they come. */
export interface LayerWriter {
  readonly size: number
  write(chunk: Uint8Array): Promise<void>
  /** Throws `digest_mismatch`, `archive_corrupted`; nothing but garbage is kept then. */
  commit(): Promise<StoredLayer>
  cancel(): Promise<void>
}

export interface LayerStore {
  /** Null: no such layer (with content). */
  get(diffId: Digest): StoredLayer | null
  /** The layer that this blob is a form of, or null. */
  byBlob(digest: Digest): StoredLayer | null
  list(): StoredLayer[]
  /** A view of it, in the form `as` (one of its `forms`) when given. Throws `not_found`. */
  layer(diffId: Digest, as?: Descriptor): Layer
  /**
   * A new layer from bytes that may be compressed. The tar is read, hashed and indexed on the way.
   * `expected.digest` and `size` are of the bytes as written, `diffId` of the tar.
   */
  writer(options?: {
    expected?: { digest?: Digest; size?: number; diffId?: Digest }
    lease?: Lease
    /** What errors call it. */
    name?: string
    /** A file with these very bytes, of `expected.digest`: linked instead of written where that can be. */
    adopt?: string
  }): Promise<LayerWriter>
  /** A new layer as a plain tar of these entries, in their order; read and hashed once. */
  build(
    entries: AsyncIterable<LayerSource> | Iterable<LayerSource>,
    options?: { lease?: Lease; signal?: AbortSignal; progress?: Progress },
  ): Promise<StoredLayer>
  /**
   * A new layer from a plain tar that is kept packed only, as it is sent; read and hashed on the way.
   * Null, and nothing kept, where `wanted` says no. Throws `archive_corrupted` for what is no tar.
   */
  pack(
    tar: ByteStream,
    options?: {
      wanted?: (diffId: Digest) => boolean
      lease?: Lease
      signal?: AbortSignal
      progress?: Progress
    },
  ): Promise<StoredLayer | null>
  /** The plain tar. Throws `not_found`. */
  uncompressed(diffId: Digest, options?: { signal?: AbortSignal }): Promise<ByteStream>
  /** The form in which it is sent: compressed when it is plain, once, and remembered. */
  compressed(
    diffId: Digest,
    options?: { signal?: AbortSignal; progress?: Progress },
  ): Promise<LayerForm>
  /** Its files, from the kept index, or from one walk through it. */
  index(
    diffId: Digest,
    options?: { signal?: AbortSignal; progress?: Progress },
  ): Promise<LayerIndex>
  /** The indexes of several layers, in their order, made side by side; progress is of all together. */
  indexes(
    diffIds: readonly Digest[],
    options?: { signal?: AbortSignal; progress?: Progress },
  ): Promise<LayerIndex[]>
  /** Content of a file of this layer, holes as zeros; `start` and `end` as in `BlobStore.open`. */
  readFile(
    diffId: Digest,
    entry: LayerEntry,
    range?: { start?: number; end?: number; signal?: AbortSignal },
  ): Promise<ByteStream>
  /** The stored bytes of an entry as a tar writer wants them, without holes. */
  content(diffId: Digest, entry: LayerEntry): LayerSource['content']
  /** Forgets a layer: its record and its index; its blobs are the caller's. */
  remove(diffId: Digest): Promise<void>
  /** The files of a stack of layers, base first. Cached. */
  union(
    diffIds: readonly Digest[],
    options?: { signal?: AbortSignal; progress?: Progress },
  ): Promise<FileTree>
}

/** An image in the store. */
export interface StoredImage {
  readonly id: Digest
  /** Milliseconds since 1970, from the config; 0 when it does not say. */
  readonly created: number
  /** Sum of its layers' `contentSize`. */
  readonly size: number
  /** What other images have of it, too. */
  readonly sharedSize: number
  readonly diffIds: readonly Digest[]
  /** The image that it was committed or built from here, when that is known. */
  readonly parent: Digest | null
  /** When a name was last given to it, in milliseconds; 0: never. */
  readonly lastTagged: number
  /** Manifests that it came with or was pushed as; the first one is preferred. */
  readonly manifests: readonly Descriptor[]
  /** Full names (`docker.io/library/busybox:latest`), sorted. */
  readonly tags: readonly string[]
  /** Full names with digest (`docker.io/library/busybox@sha256:…`), sorted. */
  readonly digests: readonly string[]
  /** Of the config; null where it has none. */
  readonly labels: Readonly<Record<string, string>> | null
}

/** One line of `docker rmi`. Names are in the familiar form, layers are chain ids. */
export type RemovedItem = { untagged: string } | { deleted: Digest }

/** A container that was made from an image, as far as removal wants to know. */
export interface ImageUser {
  id: string
  running: boolean
}

export interface RemoveOptions {
  /** Also when it has several names or stopped containers use it. */
  force?: boolean
  /** Remove untagged parents too. Default true. */
  prune?: boolean
  /** Containers that use an image. */
  users?: (id: Digest) => readonly ImageUser[]
}

export interface NewImage {
  rawConfig: Buffer
  parent?: Digest | null
  /** The manifest that it came with. */
  manifest?: { mediaType: string; raw: Buffer }
}

/** What changed among the images. `name` is the name or id that Docker's event carries. */
export interface ImageEvent {
  action: 'tag' | 'untag' | 'delete' | 'create'
  id: Digest
  name: string
  /** Of the image; none of one that is gone. */
  labels: Record<string, string>
}

export interface ImageStore {
  /** All of them, newest first. In memory: no input or output. */
  list(): readonly StoredImage[]
  get(id: Digest): StoredImage | null
  /**
   * An image by tag, `name@digest`, full or short id (with or without `sha256:`), as Docker finds it.
   * Throws `not_found` (params.name), for an ambiguous short id too, and `reference_invalid`.
   */
  resolve(name: string): StoredImage
  config(id: Digest): Promise<ImageConfig>
  rawConfig(id: Digest): Promise<Buffer>
  /** A view of it, for `copy`, trees and validation. */
  image(id: Digest): Promise<Image>
  /**
   * Keeps an image whose layers are all in the store; harmless when it exists (a new manifest is
   * added to it). It has no name yet.
   */
  create(image: NewImage): Promise<{ id: Digest }>
  /** Gives a name (any form; `@digest` makes a digest reference), taking it from another image. */
  tag(id: Digest, reference: string): Promise<void>
  /** Several names at once, written in one step. */
  /** @param quiet no events: what brings images in (load, pull) tells of itself, as in dockerd */
  tagAll(
    tags: readonly { id: Digest; reference: string }[],
    options?: { quiet?: boolean },
  ): Promise<void>
  /** As `docker rmi NAME`. Throws `not_found`, `conflict` (params.message is dockerd's sentence). */
  remove(name: string, options?: RemoveOptions): Promise<RemovedItem[]>
  /** Images that have this one as their parent. */
  children(id: Digest): readonly StoredImage[]
  /** Images without a name and without children: what `dangling=true` means. */
  isDangling(image: StoredImage): boolean
  /** Bytes (`contentSize`) of layers that only these images have. */
  uniqueSize(ids: readonly Digest[]): number
  onEvent(listener: (event: ImageEvent) => void): () => void
}

export interface GcReport {
  removed: BlobInfo[]
  /** Bytes. */
  freed: number
}

export interface FsckOptions {
  quick?: boolean
  repair?: boolean
  signal?: AbortSignal
  /** Of the bytes that are read. */
  progress?: Progress
}

export interface FsckReport {
  blobs: number
  layers: number
  images: number
  references: number
  problems: FsckProblem[]
}

export interface FsckProblem {
  kind: 'blob' | 'layer' | 'image' | 'reference' | 'index' | 'file'
  /** Digest, name or path. */
  subject: string
  problem: string
}

/** The store as a whole; `openStore(root)` in store.ts takes its lock. */
export interface Store {
  readonly root: string
  readonly blobs: BlobStore
  readonly layers: LayerStore
  readonly images: ImageStore
  /** A folder for another room (`containers`, `volumes`), made when missing. */
  folder(name: string): Promise<string>
  /** Adds roots for gc: layers (diffIDs) that something beside the images uses. */
  addRoots(roots: () => Iterable<Digest>): void
  /** Adds what fsck has to tell of something beside the images. */
  addFindings(find: () => Promise<readonly FsckProblem[]>): void
  /** Removes what nothing refers to; safe while other work goes on. */
  gc(): Promise<GcReport>
  /**
   * Verifies every blob, layer, image and reference. `quick` skips reading the blobs; `repair` takes
   * what is damaged out of the way, so that it can come again.
   */
  fsck(options?: FsckOptions): Promise<FsckReport>
  /** Lets go of the lock. */
  close(): Promise<void>
}

/** What came in with an archive. */
export interface LoadedImage {
  id: Digest
  /** Familiar names that it has been given; empty: "Loaded image ID: …". */
  references: string[]
  /** Names that another image had before: "The image NAME already exists, renaming the old one…". */
  renamed: { reference: string; from: Digest }[]
}

// What works with them:
//   openStore(root): Promise<Store>                                        store.ts
//   loadArchive(store, stream, {name, platform, signal, progress}): Promise<LoadedImage[]>      load.ts
//   saveArchive(store, names, {signal}): Promise<ByteStream>   docker-archive that is an OCI layout too   save.ts
//   importRootfs(store, stream, {reference, message, changes, platform…}): Promise<StoredImage>   import.ts
//   applyChanges(config: RunConfig, instructions: string[]): RunConfig      changes.ts (import, commit, build)
//   validateImage(image)                                                   validate.ts
