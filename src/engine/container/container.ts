/** One container: its record, and what can be done with its files. */
import { mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { exists } from '../blob/disk'
import type { LayerStore } from '../image/types'
import type { OwnerNames } from '../layer/tar-format'
import type { LayerSource } from '../layer/types'
import { clean, isWithin } from './fs/tree'
import { changesOf, type PathChange } from './fs/changes'
import { ContainerFiles } from './fs/container-files'
import { now } from './fs/entries'
import { makeEntry } from '../layer/make-entry'
import { Extractor } from './fs/extract'
import { HostMetadata } from './fs/host-metadata'
import { HostTree } from './fs/host-tree'
import { ImageTree } from './fs/image-tree'
import { withInitLayer } from './fs/init-layer'
import { layerSources } from './fs/layer-sources'
import type { Overlay } from './fs/overlay'
import { baseOf, parentOf, type Item } from './fs/tree'
import { readTar } from './fs/read-tar'
import { walk } from './fs/walk'
import { WritableLayer } from './fs/writable-layer'
import type { ContainerRecord, MountPoint } from './record'
import { ownerNames, ownerOf } from './user'
import { fileNotFound, invalid, refused } from './wording'

/** What `docker cp` wants to know of a path. */
export interface PathStat {
  name: string
  item: Item
  /** Of a link: where it leads in the end, absolute in the container. Otherwise empty. */
  linkTarget: string
}

export interface CopyInOptions {
  noOverwriteDirNonDir: boolean
  /** Give what is copied to the container's user. */
  copyOwner: boolean
  signal?: AbortSignal
}

export class Container {
  private layer: Promise<WritableLayer> | null = null

  constructor(
    public record: ContainerRecord,
    /** Where its files lie on this machine. */
    readonly folder: string,
    private readonly layers: LayerStore,
  ) {}

  /** What `docker diff` lists. */
  async changes(): Promise<PathChange[]> {
    return changesOf(await this.overlay())
  }

  /** Bytes that the container's own layer has. */
  async writableSize(): Promise<number> {
    return (await this.writable()).size()
  }

  /** Its own changes as the entries of a layer, deletions first; none when nothing changed. */
  async layerSources(): Promise<LayerSource[]> {
    return layerSources(await this.overlay())
  }

  /** What the owners of its files are called, by its own files without mounts. */
  async ownerNames(): Promise<OwnerNames> {
    return ownerNames(new ContainerFiles(await this.overlay(), []))
  }

  /** All its files, without mounts, for `docker export`. */
  async *exported(): AsyncGenerator<LayerSource> {
    const overlay = await this.overlay()
    const seen = new Map()
    for (const name of overlay.list('')) yield* walk(overlay, name, name, seen)
  }

  /** @param name as the client called the container, for the error */
  async stat(path: string, name: string): Promise<PathStat> {
    const { files, item, asked } = await this.locate(path, name)
    const isLink = item.entry.type === 'symlink'
    const linkTarget = isLink ? `/${await files.resolve(asked)}` : ''
    return { name: goBase(asked), item, linkTarget }
  }

  /** A path with everything below it, under its own name. */
  async copyOut(
    path: string,
    name: string,
  ): Promise<{ stat: PathStat; tar: AsyncIterable<LayerSource>; owners: OwnerNames }> {
    const { files, item, resolved, asked } = await this.locate(path, name)
    const stat = await this.stat(path, name)
    const tar = walk(files, resolved, goBase(asked))
    return { stat: { ...stat, item }, tar, owners: await ownerNames(files) }
  }

  /** Unpacks a tar into a directory. Kept as a whole, or not at all in the container's own layer. */
  async copyIn(
    path: string,
    name: string,
    tar: AsyncIterable<Buffer>,
    { noOverwriteDirNonDir, copyOwner, signal }: CopyInOptions,
  ): Promise<void> {
    await this.makeSources()
    const writable = await this.writable()
    await writable.change(async (change, overlay) => {
      const files = this.filesOver(overlay)
      const extractor = new Extractor(files, change, writable.dataPath)
      await this.makeMountPoints(extractor, overlay)
      const directory = await files.resolve(path)
      const item = await files.lookup(directory)
      if (!item) throw fileNotFound(path, name)
      if (item.entry.type !== 'directory') throw refused('extraction point is not a directory')
      this.checkWritable(files, directory)
      const owner = copyOwner ? await ownerOf(files, this.record.config.User ?? '') : null
      const entries = await readTar(tar, change, signal)
      await extractor.extract(directory, entries, { noOverwriteDirNonDir, owner })
    })
  }

  /** Removes a file, or a directory with everything in it; links are removed, not followed. */
  async deletePath(path: string, name: string): Promise<void> {
    const writable = await this.writable()
    await writable.change(async (change, overlay) => {
      const files = this.filesOver(overlay)
      const extractor = new Extractor(files, change, writable.dataPath)
      const target = await files.resolveParent(path)
      if (!(await files.lookup(target))) throw fileNotFound(path, name)
      const mount = this.mounts().find(({ destination }) => isWithin(clean(destination), target))
      if (target === '' || mount) throw invalid('path', `/${target} is in use by a mount`)
      this.checkWritable(files, target)
      await extractor.remove(target)
    })
  }

  /** What dockerd does when it makes a container, before volumes: the working directory is there. */
  async prepareWorkingDir(): Promise<void> {
    const path = clean(this.record.config.WorkingDir ?? '')
    if (path === '') return
    const writable = await this.writable()
    await writable.change(async (change, overlay) => {
      const files = new ContainerFiles(overlay, [])
      const found = await files.resolve(path)
      const item = await files.lookup(found)
      if (item && item.entry.type !== 'directory') {
        throw refused(`Cannot mkdir: /${path} is not a directory`)
      }
      if (!item) await new Extractor(files, change, '').makeDirectories(found, 0o755)
    })
  }

  /** Fills a new volume with what the image has at the place where it is mounted. */
  async seedVolume(mount: MountPoint): Promise<void> {
    const overlay = await this.overlay()
    const source = await new ContainerFiles(overlay, []).resolve(mount.destination)
    const file = metadataOf(mount)
    const target = new HostTree(mount.source, file === null ? null : new HostMetadata(file))
    const item = overlay.lookup(source)
    if (!item) return
    if (item.entry.type !== 'directory') throw refused(`source /${source} is not directory`)
    if ((await target.list('')).length > 0) return
    const directories = []
    for await (const { entry, content } of walk(overlay, source, '')) {
      if (entry.type === 'hardlink') await target.link(entry.path, entry.linkname)
      else await target.put(entry, content)
      if (entry.type === 'directory') directories.push(entry)
    }
    for (const entry of directories.reverse()) await target.giveMetadata(entry)
  }

  /**
   * Where a mount's destination is once links are followed; null: there is nothing yet. One that is
   * not absolute is kept as it is.
   */
  async resolveDestination(path: string): Promise<{ path: string; item: Item | null }> {
    const files = new ContainerFiles(await this.overlay(), [])
    const found = await files.resolve(path)
    const shown = path.startsWith('/') ? `/${found}` : clean(path)
    return { path: shown, item: await files.lookup(found) }
  }

  private async locate(path: string, name: string) {
    const asked = keepEnd(path)
    const files = await this.filesWithMountPoints()
    const resolved = /\/\.?$/.test(asked)
      ? await files.resolve(asked)
      : await files.resolveParent(asked)
    const item = await files.lookup(resolved)
    if (!item) throw fileNotFound(path, name)
    if (/\/\.?$/.test(asked) && item.entry.type !== 'directory') {
      throw refused(`lstat ${asked}: not a directory`)
    }
    return { files, item, resolved, asked }
  }

  /** Writing where it is forbidden: dockerd's two sentences. */
  private checkWritable(files: ContainerFiles, path: string): void {
    const at = files.mountAt(path)
    if (at && !at.mount.writable) throw refused('mounted volume is marked read-only')
    if (!at && this.record.hostConfig.ReadonlyRootfs) {
      throw refused('container rootfs is marked read-only')
    }
  }

  private mounts(): MountPoint[] {
    return this.record.mounts.filter(({ type }) => type !== 'tmpfs')
  }

  /** What a mount is mounted on: without itself and what is mounted in it. */
  private filesAround(overlay: Overlay, { destination }: MountPoint): ContainerFiles {
    const path = clean(destination)
    const around = (outer: string) => outer !== path && isWithin(path, outer)
    return this.filesOver(
      overlay,
      this.mounts().filter((mount) => around(clean(mount.destination))),
    )
  }

  private filesOver(overlay: Overlay, all: readonly MountPoint[] = this.mounts()): ContainerFiles {
    const mounts = all.map((mount) => ({
      destination: clean(mount.destination),
      source: mount.source,
      writable: mount.rw,
      metadata: metadataOf(mount),
    }))
    return new ContainerFiles(overlay, mounts)
  }

  /** dockerd mounts everything before it looks at a path, and makes what it mounts on. */
  private async filesWithMountPoints(): Promise<ContainerFiles> {
    await this.makeSources()
    const overlay = await this.overlay()
    let missing = false
    for (const mount of this.mounts()) {
      const point = await this.filesAround(overlay, mount).lookup(clean(mount.destination))
      if (!point) missing = true
    }
    if (!missing) return this.filesOver(overlay)
    const writable = await this.writable()
    return writable.change(async (change, tree) => {
      const files = this.filesOver(tree)
      await this.makeMountPoints(new Extractor(files, change, ''), tree)
      return files
    })
  }

  /** Folders of this machine that are mounted and not there are made, as dockerd makes them. */
  private async makeSources(): Promise<void> {
    for (const { type, source } of this.mounts()) {
      if (type !== 'bind' || (await exists(source))) continue
      try {
        await mkdir(source, { recursive: true, mode: 0o755 })
      } catch (cause) {
        const { message } = cause as Error
        throw refused(`error while creating mount source path '${source}': ${message}`)
      }
    }
  }

  /** Outer ones first: a mount within another one has its place in that one's folder. */
  private async makeMountPoints(extractor: Extractor, overlay: Overlay): Promise<void> {
    const outerFirst = this.mounts().sort((a, b) => a.destination.length - b.destination.length)
    for (const mount of outerFirst) {
      const { destination, source, type } = mount
      const path = clean(destination)
      const files = this.filesAround(overlay, mount)
      if ((await files.lookup(path)) || files.mountAt(path)?.mount.writable === false) continue
      const isFile = type === 'bind' && (await isHostFile(source))
      const bare = new Extractor(files, extractor.change, '')
      await bare.makeDirectories(isFile ? parentOf(path) : path, 0o755)
      if (isFile) await bare.put('', makeEntry({ path, type: 'file', mode: 0o755, ...now() }))
    }
  }

  private async overlay(): Promise<Overlay> {
    return (await this.writable()).tree()
  }

  private writable(): Promise<WritableLayer> {
    this.layer ??= this.openLayer()
    // A failure is told to whoever asked; the next one tries again.
    this.layer.catch(() => (this.layer = null))
    return this.layer
  }

  private async openLayer(): Promise<WritableLayer> {
    const { diffIds, created } = this.record
    const files = await this.layers.union(diffIds)
    const image = new ImageTree(files, diffIds, this.layers)
    return new WritableLayer(this.folder, withInitLayer(image, Date.parse(created)))
  }
}

/** Beside a volume's folder; nothing is put beside folders of other people. */
function metadataOf({ type, source }: MountPoint): string | null {
  return type === 'volume' ? join(dirname(source), 'metadata') : null
}

/** The path as an absolute one, a final "/" or "/." kept as dockerd keeps it. */
function keepEnd(path: string): string {
  const cleaned = `/${clean(path)}`
  if (/(?:^|\/)\.$/.test(path)) return cleaned === '/' ? '/.' : `${cleaned}/.`
  return path.endsWith('/') && cleaned !== '/' ? `${cleaned}/` : cleaned
}

/** Go's filepath.Base. */
function goBase(path: string): string {
  const trimmed = path.replace(/\/+$/, '')
  return trimmed === '' ? '/' : baseOf(trimmed)
}

async function isHostFile(path: string): Promise<boolean> {
  try {
    return !(await stat(path)).isDirectory()
  } catch {
    return false
  }
}
