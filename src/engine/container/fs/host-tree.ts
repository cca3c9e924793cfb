/**
 * A folder of this machine that a container sees: a volume's content, or a bind mount. It is written
 * as the user who runs the engine; owners are given where the system lets us.
 */
import { createReadStream, type Stats } from 'node:fs'
import {
  chmod,
  lchown,
  link,
  lstat,
  lutimes,
  mkdir,
  open,
  readdir,
  readlink,
  rm,
  symlink,
} from 'node:fs/promises'
import { LaminaError } from '@shared/errors'
import { errno, onDisk, writeFully } from '../../blob/disk'
import { decodeName, encodeName } from '../../layer/names'
import type { Content, FileType, LayerEntry } from '../../layer/types'
import { moment } from './entries'
import { makeEntry } from '../../layer/make-entry'
import { checkNames, clashingName, foldsCase, impossible, nameError } from '../../image/host-names'
import type { HostMetadata } from './host-metadata'
import { baseOf, byCodeUnit, parentOf, parts, join, type Item } from './tree'

export class HostTree {
  /**
   * @param root absolute path of the folder (or, of a bind mount, of the file)
   * @param metadata keeps what the system does not let us give to files; null: it is lost
   */
  constructor(
    readonly root: string,
    private readonly metadata: HostMetadata | null = null,
  ) {}

  /** What is at a path; nothing when it does not exist or lies behind a link. */
  async lookup(path: string): Promise<Item | null> {
    if (!(await this.isReal(parentOf(path))) && path !== '') return null
    try {
      const place = this.place(path)
      const stats = await lstat(place)
      const linkname = stats.isSymbolicLink() ? decodeName(await readlinkBytes(place)) : ''
      const item = toItem(path, stats, linkname, place)
      const kept = await this.metadata?.get(path)
      if (!kept) return item
      const content = kept.type === 'file' ? item.content : null
      return { ...item, entry: { ...item.entry, ...kept }, content }
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(errno(error) ?? '')) return null
      throw error
    }
  }

  async list(path: string): Promise<string[]> {
    if (!(await this.isReal(path))) return []
    const names = await readdir(this.place(path), { encoding: 'buffer' })
    return names.map((name) => decodeName(name)).sort(byCodeUnit)
  }

  /** Makes what the entry says; what is at the path is replaced, but a directory by a directory. */
  async put(entry: LayerEntry, content: Content): Promise<void> {
    await this.checkName(entry.path)
    const place = this.place(entry.path)
    await this.onDisk(entry.path, async () => {
      const before = await this.lookup(entry.path)
      const keeps = before?.entry.type === 'directory' && entry.type === 'directory'
      if (before && !keeps) await this.remove(entry.path)
      if (entry.type === 'symlink') await symlink(encodeName(entry.linkname), place)
      else if (entry.type === 'directory') {
        if (!keeps) await mkdir(place)
      } else if (entry.type === 'file' || this.metadata) await writeFile(place, entry, content)
      else throw cannotMake(entry)
      await this.giveMetadata(entry)
    })
  }

  async link(path: string, target: string): Promise<void> {
    await this.checkName(path)
    await this.onDisk(path, () => link(this.place(target), this.place(path)))
    await this.metadata?.link(path, target)
  }

  async remove(path: string): Promise<void> {
    const place = this.place(path)
    await onDisk(place.toString(), () => rm(place, { recursive: true, force: true }))
    await this.metadata?.remove(path)
  }

  /** Owner, mode and time of an existing path. */
  async giveMetadata(entry: LayerEntry): Promise<void> {
    const place = this.place(entry.path)
    const isDevice = !['file', 'directory', 'symlink'].includes(entry.type)
    const gave = await giveOwner(place, entry)
    // Whoever owns the file must go on reading it, or it could not be copied out again.
    const least = entry.type === 'directory' ? 0o700 : 0o600
    const mode = this.metadata && !isRoot() ? entry.mode | least : entry.mode
    if (entry.type !== 'symlink') await chmod(place, mode)
    const whole = gave && !isDevice && mode === entry.mode && entry.xattrs === null
    if (!whole) await this.metadata?.set(entry)
    else await this.metadata?.forget(entry.path)
    const time = entry.mtime + entry.mtimeNsec / 1e9
    await lutimes(place, time, time)
  }

  /** Every directory on the way, the path itself included, is one and no link. */
  private async isReal(path: string): Promise<boolean> {
    let walked = ''
    for (const part of ['', ...parts(path)]) {
      walked = join(walked, part)
      try {
        if (!(await lstat(this.place(walked))).isDirectory()) return false
      } catch (error) {
        if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(errno(error) ?? '')) return false
        throw error
      }
    }
    return true
  }

  /** @throws LaminaError name_impossible where this system would keep it under another name */
  private async checkName(path: string): Promise<void> {
    checkNames(path)
    if (!foldsCase()) return
    const other = clashingName(baseOf(path), await this.list(parentOf(path)))
    if (other !== null)
      throw impossible(path, `“${other}” is there, and case makes no difference here`)
  }

  /** Failures of the disk as those of `onDisk`; those of a name as `name_impossible`. */
  private async onDisk(path: string, work: () => Promise<void>): Promise<void> {
    try {
      await onDisk(this.place(path).toString(), work)
    } catch (error) {
      throw nameError(error, path)
    }
  }

  private place(path: string): Buffer {
    if (path === '') return Buffer.from(this.root)
    return Buffer.concat([Buffer.from(`${this.root}/`), encodeName(path)])
  }
}

/** Whether it has the owner now: only root may give files away. */
async function giveOwner(place: Buffer, { uid, gid }: LayerEntry): Promise<boolean> {
  if (process.platform === 'win32') return false
  try {
    await lchown(place, uid, gid)
    return true
  } catch (error) {
    if (!['EPERM', 'ENOSYS', 'EINVAL'].includes(errno(error) ?? '')) throw error
    return false
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}

async function readlinkBytes(place: Buffer): Promise<Buffer> {
  return readlink(place, { encoding: 'buffer' })
}

async function writeFile(place: Buffer, entry: LayerEntry, content: Content): Promise<void> {
  const handle = await open(place, 'wx', 0o600)
  try {
    let done = 0
    for await (const chunk of bytesOf(content)) {
      for (const { position, part } of placed(entry, done, chunk)) {
        await writeFully(handle, part, position)
      }
      done += chunk.length
    }
    if (entry.sparse) await handle.truncate(entry.size)
  } finally {
    await handle.close()
  }
}

/** Where stored bytes belong in the file: one after the other, or around the holes of a sparse one. */
function* placed({ sparse }: LayerEntry, done: number, chunk: Buffer) {
  if (!sparse) {
    yield { position: done, part: chunk }
    return
  }
  let before = 0
  for (const { offset, length } of sparse) {
    const from = Math.max(done, before)
    const to = Math.min(done + chunk.length, before + length)
    if (from < to) {
      yield { position: offset + from - before, part: chunk.subarray(from - done, to - done) }
    }
    before += length
  }
}

/** The stored bytes of an entry's content. */
export async function* bytesOf(content: Content): AsyncGenerator<Buffer> {
  if (content === null) return
  if (Buffer.isBuffer(content)) yield content
  else if ('stream' in content) yield* content.stream()
  else if (content.length > 0) {
    const { file, offset, length } = content
    const end = offset + length - 1
    yield* createReadStream(file, { start: offset, end, highWaterMark: 1024 * 1024 })
  }
}

function cannotMake(entry: LayerEntry): LaminaError {
  return new LaminaError('engine_refused', {
    message: `a ${entry.type} device cannot be made in a volume or bind mount (/${entry.path})`,
  })
}

function typeOf(stats: Stats): FileType {
  if (stats.isDirectory()) return 'directory'
  if (stats.isSymbolicLink()) return 'symlink'
  if (stats.isCharacterDevice()) return 'char'
  if (stats.isBlockDevice()) return 'block'
  return stats.isFIFO() || stats.isSocket() ? 'fifo' : 'file'
}

function toItem(path: string, stats: Stats, linkname: string, place: Buffer): Item {
  const type = typeOf(stats)
  const size = type === 'file' ? stats.size : 0
  const entry = makeEntry({
    path,
    type,
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    size,
    stored: size,
    linkname,
    ...moment(stats.mtimeMs),
    devMajor: type === 'char' || type === 'block' ? major(stats.rdev) : 0,
    devMinor: type === 'char' || type === 'block' ? minor(stats.rdev) : 0,
  })
  return {
    entry,
    identity: type === 'file' && stats.nlink > 1 ? `${stats.dev}:${stats.ino}` : null,
    content: type === 'file' && size > 0 ? contentOf(place, size) : null,
  }
}

/** By name where the name is text; else the file is opened by its bytes. */
function contentOf(place: Buffer, length: number): Content {
  const file = place.toString()
  if (Buffer.from(file).equals(place)) return { file, offset: 0, length }
  return { stream: () => createReadStream(place, { end: length - 1 }), length }
}

/** Linux's split of a device number. */
const major = (device: number): number => (device >> 8) & 0xfff
const minor = (device: number): number => (device & 0xff) | ((device >> 12) & 0xfff00)
