/**
 * The files of a container as a process in it would see them: its own layer over its image, with
 * volumes and bind mounts where they are mounted, and links followed inside this view only.
 */
import { LaminaError } from '@shared/errors'
import { HostMetadata } from './host-metadata'
import { HostTree } from './host-tree'
import { clean, isWithin, join, parentOf, parts, type Item, type Tree } from './tree'

/** Linux's limit is 40; Go's filepath-securejoin, which dockerd uses, allows 255. */
const MAX_LINKS = 255

export interface MountedFolder {
  /** Cleaned path in the container. */
  destination: string
  /** On this machine. */
  source: string
  writable: boolean
  /** File for what this machine does not let us give to files; null for a bind mount. */
  metadata: string | null
}

interface Mounted {
  destination: string
  writable: boolean
  tree: HostTree
}

export class ContainerFiles {
  /** The longest destination first: the innermost mount decides. */
  private readonly mounts: Mounted[]

  constructor(
    readonly root: Tree,
    mounts: readonly MountedFolder[],
  ) {
    this.mounts = mounts
      .map(({ destination, source, writable, metadata }) => ({
        destination,
        writable,
        tree: new HostTree(source, metadata === null ? null : new HostMetadata(metadata)),
      }))
      .sort((a, b) => b.destination.length - a.destination.length)
  }

  /** The mount that a path lies in, with the path inside it; null: the container's own layer. */
  mountAt(path: string): { mount: Mounted; inner: string } | null {
    const mount = this.mounts.find(({ destination }) => isWithin(path, destination))
    if (!mount) return null
    const { destination } = mount
    const inner = destination === '' ? path : path.slice(destination.length + 1)
    return { mount, inner }
  }

  /** What is at a path, the last link not followed, none followed on the way. */
  async lookup(path: string): Promise<Item | null> {
    const at = this.mountAt(path)
    if (!at) return this.root.lookup(path)
    const item = await at.mount.tree.lookup(at.inner)
    return item && { ...item, entry: { ...item.entry, path } }
  }

  async list(path: string): Promise<string[]> {
    const at = this.mountAt(path)
    return at ? at.mount.tree.list(at.inner) : this.root.list(path)
  }

  /**
   * Follows every link on the way, and the last one too, never leaving the container. What does not
   * exist is taken as it is written. Throws when links go in circles.
   */
  async resolve(path: string): Promise<string> {
    let links = 0
    let done = ''
    let left = parts(clean(path))
    while (left.length > 0) {
      const [part, ...rest] = left as [string, ...string[]]
      left = rest
      if (part === '..') {
        done = parentOf(done)
        continue
      }
      const next = join(done, part)
      const item = await this.lookup(next)
      if (item?.entry.type !== 'symlink') {
        done = next
        continue
      }
      if (++links > MAX_LINKS) {
        throw new LaminaError('invalid_input', {
          field: 'path',
          reason: `too many links in /${path}`,
          docker: `too many links in /${path}`,
        })
      }
      const target = item.entry.linkname
      if (target.startsWith('/')) done = ''
      left = [...target.split('/').filter((name) => name !== '' && name !== '.'), ...left]
    }
    return done
  }

  /** Follows the links of the directory part only. */
  async resolveParent(path: string): Promise<string> {
    const cleaned = clean(path)
    if (cleaned === '') return ''
    return join(await this.resolve(parentOf(cleaned)), cleaned.slice(cleaned.lastIndexOf('/') + 1))
  }
}
