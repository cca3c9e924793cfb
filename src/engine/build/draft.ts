/**
 * A layer that is being built: changes in memory over the files of an image, contents by reference.
 * One that grows out of a tar (the build context, an archive of ADD) keeps its bytes in a scratch file.
 */
import { open, rm, type FileHandle } from 'node:fs/promises'
import type { ByteStream } from '../blob/blob-store'
import { onDisk, writeFully } from '../blob/disk'
import { ContainerFiles } from '../container/fs/container-files'
import { now, type Moment } from '../container/fs/entries'
import { makeEntry } from '../layer/make-entry'
import { Extractor } from '../container/fs/extract'
import { Overlay } from '../container/fs/overlay'
import { readTar } from '../container/fs/read-tar'
import { join, parts, type Item, type Tree } from '../container/fs/tree'
import type { LayerChange } from '../container/fs/writable-layer'
import { refused } from '../container/wording'
import { unpacked } from '../image/unpack'
import type { Content, LayerEntry } from '../layer/types'

/** The bytes of tars that came in, one behind the other, in one file of the build. */
export class ScratchFile {
  position = 0
  #handle: FileHandle | null = null

  constructor(readonly path: string) {}

  async append(chunk: Uint8Array): Promise<void> {
    await onDisk(this.path, async () => {
      this.#handle ??= await open(this.path, 'wx', 0o600)
      await writeFully(this.#handle, chunk, this.position)
    })
    this.position += chunk.length
  }

  /** Gives its bytes back. */
  async remove(): Promise<void> {
    await this.#handle?.close()
    this.#handle = null
    await rm(this.path, { force: true })
  }
}

/** No files at all: what `FROM scratch` begins with. */
export const EMPTY_TREE: Tree = {
  lookup: (path) =>
    path === ''
      ? {
          entry: makeEntry({ path: '', type: 'directory', mode: 0o755 }),
          identity: null,
          content: null,
        }
      : null,
  list: () => [],
}

export interface Owner {
  uid: number
  gid: number
}

export const ROOT: Owner = { uid: 0, gid: 0 }

export class Draft {
  readonly overlay: Overlay
  /** The same files with links followed, as a process would. */
  readonly files: ContainerFiles

  constructor(lower: Tree) {
    this.overlay = new Overlay(lower)
    this.files = new ContainerFiles(this.overlay, [])
  }

  put(entry: LayerEntry, content: Content): void {
    this.overlay.put(entry.path, { entry, content })
  }

  /**
   * Makes what is missing of a folder (mode 0755); those that were there stay as they are.
   * @param path links followed already
   * @throws LaminaError engine_refused where something else is in the way
   */
  makeFolders(path: string, owner: Owner = ROOT): void {
    let walked = ''
    for (const part of parts(path)) {
      walked = join(walked, part)
      const there = this.overlay.lookup(walked)
      if (there?.entry.type === 'directory') continue
      if (there) throw refused(`mkdir /${walked}: not a directory`)
      this.put(
        makeEntry({ path: walked, type: 'directory', mode: 0o755, ...now(), ...owner }),
        null,
      )
    }
  }

  /** Unpacks a tar (plain, or packed with gzip or zstd) below an existing folder, owners as in it. */
  async unpack(
    tar: ByteStream,
    folder: string,
    scratch: ScratchFile,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.extract(await readTar(unpacked(tar), scratch, signal), folder, scratch)
  }

  /** @param entries of a tar that the scratch file has, their offsets in it */
  async extract(
    entries: readonly LayerEntry[],
    folder: string,
    scratch: ScratchFile,
  ): Promise<void> {
    const extractor = new Extractor(this.files, new Changes(this.overlay, scratch), scratch.path)
    await extractor.extract(folder, entries, { noOverwriteDirNonDir: false, owner: null })
  }

  /** What is at a path, links followed. */
  async find(path: string): Promise<Item | null> {
    return this.files.lookup(await this.files.resolve(path))
  }
}

/** Changes that go straight into an overlay: nothing of a build is kept before its image is. */
class Changes implements LayerChange {
  constructor(
    private readonly overlay: Overlay,
    private readonly scratch: ScratchFile,
  ) {}

  get position(): number {
    return this.scratch.position
  }

  append(chunk: Uint8Array): Promise<void> {
    return this.scratch.append(chunk)
  }

  put(entry: LayerEntry): void {
    const content =
      entry.type === 'file' && entry.stored > 0
        ? { file: this.scratch.path, offset: entry.offset, length: entry.stored }
        : null
    this.overlay.put(entry.path, { entry, content })
  }

  link(path: string, target: string): void {
    this.overlay.link(path, target)
  }

  remove(path: string): void {
    this.overlay.remove(path)
  }

  setTime(path: string, { mtime, mtimeNsec }: Moment): void {
    this.overlay.setTime(path, { mtime, mtimeNsec })
  }
}
