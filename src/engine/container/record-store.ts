/**
 * Containers on the disk: `ID/container.json` and the files of the writable layer. A container
 * appears and goes with one rename, so that there is never half of one. One whose record cannot be
 * read is set aside with its files.
 */
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { onDisk, publishFolder, syncFolder, writeFileAtomic } from '../blob/disk'
import { damageOf, setAside, type SetAside } from '../blob/set-aside'
import { recordSchema, type ContainerRecord } from './record'

const FILE = 'container.json'
/** Folders of these names are being made or removed. */
const UNFINISHED = /^\.(?:new|gone)-/

export class RecordStore {
  private readonly records = new Map<string, ContainerRecord>()
  /** What could not be read at this start. */
  readonly damaged: SetAside[] = []

  private constructor(private readonly folder: string) {}

  /** Reads what is there and clears away what a crash left unfinished. */
  static async open(folder: string): Promise<RecordStore> {
    const store = new RecordStore(folder)
    for (const name of await readdir(folder)) {
      const path = join(folder, name)
      if (UNFINISHED.test(name)) await rm(path, { recursive: true, force: true })
      else if (/^[0-9a-f]{64}$/.test(name)) await store.read(name)
    }
    return store
  }

  private async read(id: string): Promise<void> {
    const path = this.pathOf(id)
    try {
      const record = recordSchema.parse(JSON.parse(await readFile(join(path, FILE), 'utf8')))
      if (record.id !== id) throw new SyntaxError('it is of another container')
      this.records.set(id, record)
    } catch (error) {
      const reason = damageOf(error)
      if (reason === null) throw error
      this.damaged.push(await setAside(this.folder, path, id, reason))
    }
  }

  /** Newest first, as `docker ps` lists them. */
  list(): ContainerRecord[] {
    return [...this.records.values()].sort((a, b) => (a.created < b.created ? 1 : -1))
  }

  get(id: string): ContainerRecord | undefined {
    return this.records.get(id)
  }

  /** Where the files of a container lie. */
  pathOf(id: string): string {
    return join(this.folder, id)
  }

  async add(record: ContainerRecord): Promise<void> {
    const making = join(this.folder, `.new-${record.id}`)
    const file = { name: FILE, text: JSON.stringify(record) }
    await publishFolder(making, this.pathOf(record.id), file, () => mkdir(making, { mode: 0o700 }))
    this.records.set(record.id, record)
  }

  async update(record: ContainerRecord): Promise<void> {
    const path = this.pathOf(record.id)
    await writeFileAtomic(path, join(path, FILE), JSON.stringify(record))
    this.records.set(record.id, record)
  }

  async remove(id: string): Promise<void> {
    const gone = join(this.folder, `.gone-${id}`)
    await onDisk(gone, async () => {
      await rename(this.pathOf(id), gone)
      await syncFolder(this.folder)
    })
    this.records.delete(id)
    await onDisk(gone, () => rm(gone, { recursive: true, force: true }))
  }
}
