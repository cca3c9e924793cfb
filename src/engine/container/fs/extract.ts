/**
 * Unpacks a tar into a container, by dockerd's rules for `docker cp` (moby pkg/archive Unpack and
 * createTarFile): parents are made, what is in the way is replaced unless the client forbids it, and
 * nothing is written outside the directory that was named.
 */
import { LaminaError } from '@shared/errors'
import type { LayerEntry } from '../../layer/types'
import type { ContainerFiles } from './container-files'
import { now } from './entries'
import { makeEntry } from '../../layer/make-entry'
import { baseOf, clean, isWithin, join, parentOf, parts } from './tree'
import type { LayerChange } from './writable-layer'

export interface ExtractOptions {
  /** Refuse to replace a directory by something else, or the other way round. */
  noOverwriteDirNonDir: boolean
  /** Give everything to this user, whatever the tar says. */
  owner: { uid: number; gid: number } | null
}

/** Where entries go: into the container's own layer, or into the mount that their path lies in. */
export class Extractor {
  private lastParent: { asked: string; found: string } | null = null

  constructor(
    private readonly files: ContainerFiles,
    readonly change: LayerChange,
    /** The file whose offsets entries name. */
    private readonly dataFile: string,
  ) {}

  /**
   * Puts entries below `directory` (resolved, existing).
   * @param entries paths below the directory; `offset` of each in the data file
   */
  async extract(
    directory: string,
    entries: readonly LayerEntry[],
    options: ExtractOptions,
  ): Promise<void> {
    const directories: LayerEntry[] = []
    for (const given of entries) {
      if (given.path === '') continue
      const parent = await this.parentFor(directory, given.path)
      const path = join(parent, baseOf(given.path))
      const entry = { ...given, path, ...options.owner }
      this.checkLink(directory, entry)
      await this.makeRoom(directory, entry, options)
      await this.put(directory, entry)
      if (entry.type === 'directory') directories.push(entry)
    }
    // Files that came later changed the times of their directories.
    for (const entry of directories) await this.setTime(entry)
  }

  /** Makes a directory and those above it that are missing. */
  async makeDirectories(path: string, mode: number): Promise<void> {
    let walked = ''
    for (const part of parts(path)) {
      walked = join(walked, part)
      if (await this.files.lookup(walked)) continue
      await this.put('', makeEntry({ path: walked, type: 'directory', mode, ...now() }))
    }
  }

  async put(directory: string, entry: LayerEntry): Promise<void> {
    const at = this.files.mountAt(entry.path)
    if (entry.type === 'hardlink') return this.link(directory, entry)
    if (!at) return this.change.put(entry)
    const { stored, offset } = entry
    const content = stored > 0 ? { file: this.dataFile, offset, length: stored } : null
    await at.mount.tree.put({ ...entry, path: at.inner }, content)
  }

  async remove(path: string): Promise<void> {
    const at = this.files.mountAt(path)
    if (!at) this.change.remove(path)
    else await at.mount.tree.remove(at.inner)
  }

  private async link(directory: string, entry: LayerEntry): Promise<void> {
    const target = await this.files.resolveParent(join(directory, entry.linkname))
    const found = await this.files.lookup(target)
    if (!found || found.entry.type === 'directory') {
      throw refuse(`link /${target} /${entry.path}: no such file or directory`)
    }
    const from = this.files.mountAt(target)
    const to = this.files.mountAt(entry.path)
    if (from?.mount !== to?.mount) {
      throw refuse(`link /${target} /${entry.path}: invalid cross-device link`)
    }
    if (from && to) await to.mount.tree.link(to.inner, from.inner)
    else this.change.link(entry.path, target)
  }

  private async setTime(entry: LayerEntry): Promise<void> {
    const at = this.files.mountAt(entry.path)
    if (!at) this.change.setTime(entry.path, entry)
    else await at.mount.tree.giveMetadata({ ...entry, path: at.inner })
  }

  /** The directory that an entry goes into, links on the way followed as the kernel would. */
  private async parentFor(directory: string, path: string): Promise<string> {
    const asked = join(directory, parentOf(path))
    if (this.lastParent?.asked === asked) return this.lastParent.found
    const found = await this.files.resolve(asked)
    const item = await this.files.lookup(found)
    if (!item) await this.makeDirectories(found, 0o755)
    else if (item.entry.type !== 'directory') throw refuse(`mkdir /${found}: not a directory`)
    this.lastParent = { asked, found }
    return found
  }

  /** Removes what is in the way; a directory stays when a directory comes. */
  private async makeRoom(
    directory: string,
    entry: LayerEntry,
    options: ExtractOptions,
  ): Promise<void> {
    const before = await this.files.lookup(entry.path)
    if (!before) return
    const was = before.entry.type === 'directory'
    const is = entry.type === 'directory'
    if (options.noOverwriteDirNonDir && was !== is) {
      const [from, to] = was ? ['directory', 'non-directory'] : ['non-directory', 'directory']
      throw refuse(`cannot overwrite ${from} "/${entry.path}" with ${to} "/${directory}"`)
    }
    if (was && is) return
    if (this.files.mountAt(entry.path)?.inner === '') {
      throw refuse(`unlinkat /${directory === '' ? '/' : ''}${entry.path}: device or resource busy`)
    }
    await this.remove(entry.path)
    // A directory or a link went that the remembered parent may have led through.
    this.lastParent = null
  }

  /** dockerd's check that a relative link does not lead out of the directory (breakoutError). */
  private checkLink(directory: string, entry: LayerEntry): void {
    if (entry.type !== 'symlink') return
    const target = clean(`${parentOf(entry.path)}/${entry.linkname}`)
    if (isWithin(target, directory)) return
    throw refuse(`invalid symlink "/${entry.path}" -> "${entry.linkname}"`)
  }
}

/** dockerd unpacks in a process of its own, and says so. */
function refuse(message: string): LaminaError {
  const docker = `Error processing tar file(exit status 1): ${message}`
  return new LaminaError('engine_refused', { message, docker })
}
