/**
 * Named volumes: `volumes/NAME/volume.json` and `volumes/NAME/_data`, a plain folder that people may
 * look into. A volume appears and goes with one rename, so that there is never half of one. One whose
 * record cannot be read keeps its content and goes on without labels and options.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { LaminaError } from '@shared/errors'
import { errno, namesIn, onDisk, publishFolder, syncFolder, writeFileAtomic } from '../blob/disk'
import { removeTree } from '../blob/remove-tree'
import { damageOf, setAside, type SetAside } from '../blob/set-aside'
import { clashingName, foldsCase, nameFault } from '../image/host-names'
import { Mutex } from '../image/mutex'
import { folderSize } from './folder-size'

const FILE = 'volume.json'
const DATA = '_data'
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/
const UNFINISHED = /^\.(?:new|gone)-/
/** Options of dockerd's local driver; they describe a mount, which takes a running engine as root. */
const NEEDS = [
  ['device', ['type']],
  ['type', ['device']],
  ['o', ['device', 'type']],
] as const
const LOCAL_OPTIONS = ['type', 'o', 'device', 'size']

const map = z.record(z.string(), z.string()).nullable()
const recordSchema = z.object({
  version: z.literal(1),
  name: z.string().regex(NAME),
  /** RFC 3339, seconds. */
  created: z.string(),
  labels: map,
  options: map,
  /** Nobody named it: an image or `-v /path` asked for it. */
  anonymous: z.boolean(),
})
type VolumeRecord = z.infer<typeof recordSchema>

export interface Volume extends VolumeRecord {
  driver: 'local'
  /** Folder with its content. */
  mountpoint: string
}

/** Whether its content is here, and not where its options say. An old client sends options that are empty. */
export function isOwn({ options }: Pick<Volume, 'options'>): boolean {
  return options === null || Object.keys(options).length === 0
}

export interface VolumeRequest {
  /** Empty: a made-up one. */
  name: string
  driver: string
  labels: Record<string, string> | null
  options: Record<string, string> | null
}

export interface VolumesOptions {
  /** Ids of the containers that mount a volume. */
  users: (name: string) => string[]
  emit: (type: 'volume', action: string, name: string, attributes: Record<string, string>) => void
  /** Of the machine that the folder is on, when it is another than this. */
  platform?: NodeJS.Platform
}

export class Volumes {
  private readonly records = new Map<string, VolumeRecord>()
  /** Records that could not be read at this start. */
  readonly damaged: SetAside[] = []
  private readonly mutex = new Mutex()

  private constructor(
    private readonly folder: string,
    private readonly options: VolumesOptions,
  ) {}

  /** Reads what is there and clears away what a crash left unfinished. */
  static async open(folder: string, options: VolumesOptions): Promise<Volumes> {
    const volumes = new Volumes(folder, options)
    for (const name of await readdir(folder)) {
      const path = join(folder, name)
      // What cannot go now is no reason not to start: it is tried again the next time.
      if (UNFINISHED.test(name)) await removeTree(path).catch(() => undefined)
      else if (NAME.test(name)) await volumes.read(name)
    }
    return volumes
  }

  private async read(name: string): Promise<void> {
    const path = join(this.folder, name, FILE)
    try {
      const record = recordSchema.parse(JSON.parse(await readFile(path, 'utf8')))
      if (record.name !== name) throw new SyntaxError('it is of another volume')
      this.records.set(name, record)
    } catch (error) {
      const reason = damageOf(error)
      if (reason === null) throw error
      await this.restore(name, reason)
    }
  }

  /** Sets a damaged record aside; the content gets one that says nothing but its name. */
  private async restore(name: string, reason: string): Promise<void> {
    const folder = join(this.folder, name)
    const path = join(folder, FILE)
    const names = await namesIn(folder).catch((error: unknown): string[] => {
      if (errno(error) !== 'ENOTDIR') throw error
      return []
    })
    const hasContent = names.includes(DATA)
    if (hasContent && !names.includes(FILE)) this.damaged.push({ path, aside: null, reason })
    else {
      const away = hasContent ? path : folder
      this.damaged.push(await setAside(this.folder, away, name, reason))
    }
    if (!hasContent) return
    const record = newRecord(name, { labels: null, options: null, anonymous: false })
    await writeFileAtomic(folder, path, JSON.stringify(record))
    this.records.set(name, record)
  }

  /** Sorted by name. */
  list(): Volume[] {
    const records = [...this.records.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
    return records.map((record) => this.view(record))
  }

  /** @throws LaminaError not_found */
  get(name: string): Volume {
    const record = this.records.get(name)
    if (record) return this.view(record)
    throw new LaminaError('not_found', { name, docker: `get ${name}: no such volume` })
  }

  isUsed(name: string): boolean {
    return this.options.users(name).length > 0
  }

  /** The volume of that name, made when there is none; as `docker volume create`. */
  ensure(request: VolumeRequest): Promise<Volume> {
    return this.mutex.run(() => this.make(request))
  }

  private async make(request: VolumeRequest): Promise<Volume> {
    const name = request.name || randomBytes(32).toString('hex')
    checkDriver(name, request.driver)
    const existing = this.records.get(name)
    if (existing) return this.view(existing)
    checkRequest(name, request)
    this.checkPlace(name)
    const { labels, options } = request
    const record = newRecord(name, { labels, options, anonymous: request.name === '' })
    await this.write(record)
    this.records.set(name, record)
    this.options.emit('volume', 'create', name, { driver: 'local' })
    return this.view(record)
  }

  /** @throws LaminaError invalid_input where this machine can have no folder of that name */
  private checkPlace(name: string): void {
    const { platform } = this.options
    const fault = nameFault(name, platform)
    if (fault !== null) throw refuse(name, `"${name}" cannot be a folder here: ${fault}`)
    const other = foldsCase(platform) ? clashingName(name, this.records.keys()) : null
    if (other === null) return
    throw refuse(name, `volume "${other}" is there, and case makes no difference here`)
  }

  /** @throws LaminaError not_found; conflict when a container mounts it */
  remove(name: string, force = false): Promise<void> {
    return this.mutex.run(() => this.destroy(name, force))
  }

  private async destroy(name: string, force: boolean): Promise<void> {
    if (force && !this.records.has(name)) return
    this.get(name)
    const users = this.options.users(name)
    if (users.length > 0) {
      const message = `remove ${name}: volume is in use - [${users.join(', ')}]`
      throw new LaminaError('conflict', { message, docker: message })
    }
    const gone = join(this.folder, `.gone-${name}`)
    await onDisk(gone, async () => {
      await rename(join(this.folder, name), gone)
      await syncFolder(this.folder)
    })
    this.records.delete(name)
    await onDisk(gone, () => removeTree(gone))
    this.options.emit('volume', 'destroy', name, { driver: 'local' })
  }

  /** Removes a volume that a container's end leaves; one that is still used stays. */
  async release(name: string): Promise<void> {
    await this.mutex.run(async () => {
      if (this.records.has(name) && !this.isUsed(name)) await this.destroy(name, false)
    })
  }

  /** Removes the unused ones that `selects` names. Freed bytes come with them. */
  async prune(selects: (volume: Volume) => boolean): Promise<{ names: string[]; freed: number }> {
    const names: string[] = []
    let freed = 0
    for (const volume of this.list()) {
      if (!selects(volume)) continue
      await this.mutex.run(async () => {
        if (!this.records.has(volume.name) || this.isUsed(volume.name)) return
        freed += await folderSize(volume.mountpoint)
        await this.destroy(volume.name, false)
        names.push(volume.name)
      })
    }
    return { names, freed }
  }

  private view(record: VolumeRecord): Volume {
    return { ...record, driver: 'local', mountpoint: join(this.folder, record.name, DATA) }
  }

  private async write(record: VolumeRecord): Promise<void> {
    const making = join(this.folder, `.new-${record.name}`)
    const file = { name: FILE, text: JSON.stringify(record) }
    await publishFolder(making, join(this.folder, record.name), file, async () => {
      await removeTree(making)
      await mkdir(join(making, DATA), { recursive: true, mode: 0o755 })
    })
  }
}

function newRecord(
  name: string,
  what: Pick<VolumeRecord, 'labels' | 'options' | 'anonymous'>,
): VolumeRecord {
  return { version: 1, name, created: `${new Date().toISOString().slice(0, 19)}Z`, ...what }
}

/** @throws LaminaError not_found with dockerd's sentence */
function checkDriver(name: string, driver: string): void {
  if (driver === '' || driver === 'local') return
  const docker = `create ${name}: error looking up volume plugin ${driver}: plugin "${driver}" not found`
  throw new LaminaError('not_found', { name: driver, docker })
}

/** @throws LaminaError invalid_input with dockerd's sentences */
function checkRequest(name: string, { options }: VolumeRequest): void {
  if (name.length === 1) {
    throw refuse(
      name,
      'volume name is too short, names should be at least two alphanumeric characters',
    )
  }
  if (!NAME.test(name)) {
    throw refuse(
      name,
      `"${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
    )
  }
  const unknown = Object.keys(options ?? {}).find((key) => !LOCAL_OPTIONS.includes(key))
  if (unknown !== undefined) throw refuse(name, `invalid option: "${unknown}"`)
  for (const [option, needed] of NEEDS) {
    const missing = needed.find((name) => options?.[name] === undefined)
    if (options?.[option] !== undefined && missing !== undefined) {
      throw refuse(name, `missing required option: "${missing}"`)
    }
  }
}

function refuse(name: string, reason: string): LaminaError {
  const docker = `create ${name}: ${reason}`
  return new LaminaError('invalid_input', { field: 'name', reason, docker })
}
