/**
 * The writable layer of a container without root: nothing is unpacked. What is copied in is appended
 * to one data file as the tar it came in; what it means stands in a journal beside it, which is on
 * the disk before the answer is given. Owners, modes, devices and names are data here, so that an
 * unprivileged user loses nothing, on any file system.
 */
import { open, readFile, truncate, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing, onDisk, syncFolder, writeFully } from '../../blob/disk'
import type { Content, LayerEntry } from '../../layer/types'
import { countedSize, now, type Moment } from './entries'
import { readJournal, writeGroup, type Change } from './journal'
import { Mutex } from '../../image/mutex'
import { Overlay, type Inode, type OverlayNode } from './overlay'
import type { Tree } from './tree'

/** A group of changes that is kept as a whole or not at all. */
export interface LayerChange {
  /** Where the next appended byte will lie in the data file. */
  readonly position: number
  /** Appends bytes to the data file. */
  append(chunk: Uint8Array): Promise<void>
  /** Puts an entry whose content lies at `entry.offset` of the data file. */
  put(entry: LayerEntry): void
  link(path: string, target: string): void
  remove(path: string): void
  setTime(path: string, at: Moment): void
}

export class WritableLayer {
  private readonly mutex = new Mutex()
  private overlay: Overlay | null = null
  private journalLength = 0
  private dataLength = 0
  private readonly journalPath: string
  readonly dataPath: string

  constructor(
    private readonly folder: string,
    private readonly lower: Tree,
  ) {
    this.journalPath = join(folder, 'journal')
    this.dataPath = join(folder, 'data')
  }

  /** The container's files: this layer over the lower tree. Read from the disk at the first call. */
  async tree(): Promise<Overlay> {
    return this.overlay ?? this.mutex.run(() => this.load())
  }

  /** Bytes of what was changed or added, as `docker ps --size` counts them. */
  async size(): Promise<number> {
    return sizeOf((await this.tree()).root, new Set())
  }

  /** Makes changes; they are durable when the promise is fulfilled, and undone when it is rejected. */
  change<T>(work: (change: LayerChange, tree: Overlay) => Promise<T>): Promise<T> {
    return this.mutex.run(async () => {
      const overlay = await this.load()
      const group = new Group(overlay, this.dataPath, this.dataLength)
      try {
        const result = await work(group, overlay)
        if (group.changes.length > 0) await this.keep(group)
        await group.close()
        return result
      } catch (error) {
        // The tree in memory has changes that the journal has not: read it again when it is needed.
        this.overlay = null
        await group.giveBack()
        throw error
      }
    })
  }

  private async keep(group: Group): Promise<void> {
    await onDisk(this.folder, async () => {
      await group.sync()
      const text = Buffer.from(writeGroup(group.changes, group.position))
      const start = this.journalLength
      const isNew = start === 0
      const journal = await open(this.journalPath, isNew ? 'w' : 'r+', 0o600)
      try {
        await writeFully(journal, text, start)
        await journal.datasync()
      } finally {
        await journal.close()
      }
      if (isNew) await syncFolder(this.folder)
      this.journalLength = start + text.length
      this.dataLength = group.position
    })
  }

  private async load(): Promise<Overlay> {
    if (this.overlay) return this.overlay
    const bytes = await readOrEmpty(this.journalPath)
    const { changes, length, data } = readJournal(bytes)
    // A tail that was never acknowledged must not end up in the middle of later groups.
    if (length < bytes.length) await onDisk(this.folder, () => truncate(this.journalPath, length))
    const overlay = new Overlay(this.lower)
    for (const change of changes) apply(overlay, change, this.dataPath)
    this.overlay = overlay
    this.journalLength = length
    this.dataLength = data
    return overlay
  }
}

class Group implements LayerChange {
  readonly changes: Change[] = []
  private handle: FileHandle | null = null
  private readonly start: number

  constructor(
    private readonly overlay: Overlay,
    readonly dataPath: string,
    public position: number,
  ) {
    this.start = position
  }

  async append(chunk: Uint8Array): Promise<void> {
    await onDisk(this.dataPath, async () => {
      this.handle ??= await open(this.dataPath, this.position === 0 ? 'w' : 'r+', 0o600)
      await writeFully(this.handle, chunk, this.position)
    })
    this.position += chunk.length
  }

  put(entry: LayerEntry): void {
    this.add({ op: 'put', entry, at: now() })
  }

  link(path: string, target: string): void {
    this.add({ op: 'link', path, target, at: now() })
  }

  remove(path: string): void {
    this.add({ op: 'remove', path, at: now() })
  }

  setTime(path: string, { mtime, mtimeNsec }: Moment): void {
    this.add({ op: 'time', path, at: { mtime, mtimeNsec } })
  }

  async sync(): Promise<void> {
    // Bytes that no entry needs are given back: a copy into a volume passes through here too.
    const needed = this.changes.some((change) => change.op === 'put' && change.entry.stored > 0)
    if (needed) await this.handle?.datasync()
    else {
      this.position = this.start
      await this.handle?.truncate(this.start)
    }
  }

  /** Closes, and frees the space of what was appended: a copy may have ended at a full disk. */
  async giveBack(): Promise<void> {
    try {
      await this.handle?.truncate(this.start)
    } catch {
      // What lies behind the end of the last group is written over by the next one.
    }
    await this.close()
  }

  async close(): Promise<void> {
    const handle = this.handle
    this.handle = null
    await handle?.close()
  }

  private add(change: Change): void {
    apply(this.overlay, change, this.dataPath)
    this.changes.push(change)
  }
}

function apply(overlay: Overlay, change: Change, dataPath: string): void {
  switch (change.op) {
    case 'put':
      overlay.put(change.entry.path, toInode(change.entry, dataPath), change.at)
      break
    case 'link':
      overlay.link(change.path, change.target, change.at)
      break
    case 'remove':
      overlay.remove(change.path, change.at)
      break
    case 'time':
      overlay.setTime(change.path, change.at)
  }
}

function toInode(entry: LayerEntry, dataPath: string): Inode {
  const content: Content =
    entry.type === 'file' && entry.stored > 0
      ? { file: dataPath, offset: entry.offset, length: entry.stored }
      : null
  return { entry, content }
}

function sizeOf(node: OverlayNode, seen: Set<Inode>): number {
  let sum = 0
  if (node.inode && !seen.has(node.inode)) {
    seen.add(node.inode)
    sum += countedSize(node.inode.entry)
  }
  for (const child of node.children.values()) sum += sizeOf(child, seen)
  return sum
}

async function readOrEmpty(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    if (isMissing(error)) return Buffer.alloc(0)
    throw error
  }
}
