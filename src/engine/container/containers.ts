/** All containers: made, found, renamed, listed, removed. `docker-api` maps its routes to these verbs. */
import { hostname } from 'node:os'
import { posix } from 'node:path'
import { LaminaError } from '@shared/errors'
import type { SetAside } from '../blob/set-aside'
import type { Store, StoredImage } from '../image/types'
import type { Digest } from '../oci/digest'
import type { RunConfig } from '../oci/image-config'
import { Container } from './container'
import { checkRunning, checkSettings, checkTogether } from './create-checks'
import type { Emit } from './events'
import { checkHostConfig, type HostConfig, sharedWith } from './host-config'
import { linkNames, linksOf, registerLinks, renamedLinks } from './links'
import { assembleMounts } from './mounts'
import { checkName, madeUpName, newId } from './names'
import type { ContainerRecord, Endpoint, MountPoint } from './record'
import { RecordStore } from './record-store'
import { checkResources } from './resource-checks'
import { checkConfig, mergeConfig } from './run-config'
import { updatedHostConfig } from './update'
import type { VolumesPort } from './volumes-port'
import { conflict, invalid, noSuchContainer } from './wording'

export interface CreateRequest {
  /** Empty: a made-up one. */
  name: string
  config: RunConfig
  hostConfig: HostConfig
  networks: Record<string, Endpoint>
}

export interface ContainersOptions {
  store: Store
  emit: Emit
}

export class Containers {
  private readonly open = new Map<string, Container>()
  /** Names that are being given, so that two requests at once do not get the same. */
  private readonly reserved = new Set<string>()
  private readonly removing = new Set<string>()
  private volumes: VolumesPort | null = null

  private constructor(
    private readonly records: RecordStore,
    private readonly options: ContainersOptions,
  ) {}

  static async open(options: ContainersOptions): Promise<Containers> {
    const folder = await options.store.folder('containers')
    const containers = new Containers(await RecordStore.open(folder), options)
    options.store.addRoots(() => containers.layersInUse())
    return containers
  }

  /** Volumes and containers know of each other: the composition root brings them together. */
  useVolumes(volumes: VolumesPort): void {
    this.volumes = volumes
  }

  /** Containers whose records could not be read at this start; they are no more among the others. */
  get damaged(): readonly SetAside[] {
    return this.records.damaged
  }

  /** Newest first. */
  list(): Container[] {
    return this.records.list().map((record) => this.view(record))
  }

  /**
   * By id, name, or the beginning of an id, as dockerd looks.
   * @throws LaminaError not_found; invalid_input when several ids begin so
   */
  get(name: string): Container {
    const exact = this.records.get(name)
    if (exact) return this.view(exact)
    const bare = name.replace(/^\//, '')
    const records = this.records.list()
    const links = bare.includes('/') ? linkNames(records) : null
    const named = records.find(
      (record) => record.name === bare || links?.get(record.name)?.includes(bare),
    )
    if (named) return this.view(named)
    const matching = name === '' ? [] : records.filter((record) => record.id.startsWith(name))
    if (matching.length > 1) {
      throw invalid('id', `Multiple IDs found with provided prefix: ${name}`)
    }
    const [only] = matching
    if (!only) throw noSuchContainer(name)
    return this.view(only)
  }

  /** Ids of the containers that mount a volume. */
  usersOfVolume(name: string): string[] {
    const uses = (record: ContainerRecord) => record.mounts.some((mount) => mount.name === name)
    return this.records
      .list()
      .filter(uses)
      .map(({ id }) => id)
  }

  /** Containers that were made from an image. */
  usersOfImage(id: Digest): ContainerRecord[] {
    return this.records.list().filter((record) => record.imageId === id)
  }

  /** As `docker create`: everything that was asked for is kept, nothing runs. */
  async create(request: CreateRequest, image: StoredImage): Promise<Container> {
    checkTogether(request.config, request.hostConfig, Object.keys(request.networks))
    const imageConfig = await this.options.store.images.config(image.id)
    const config = mergeConfig(request.config, imageConfig.config ?? {})
    checkConfig(config)
    checkSettings(config)
    checkHostConfig(request.hostConfig)
    checkResources(request.hostConfig)
    checkRunning(request.hostConfig)
    const shared = this.sharedModes(request.hostConfig)
    const id = newId()
    const isHost = request.hostConfig.NetworkMode === 'host'
    if (config.WorkingDir) config.WorkingDir = cleanPath(config.WorkingDir)
    if (!config.Hostname) config.Hostname = isHost ? hostname() : id.slice(0, 12)
    const name = this.reserve(request.name, id)
    try {
      const get = (wanted: string) => this.get(wanted).record
      const links = registerLinks(request.hostConfig, name, get)
      const mounts = await assembleMounts(request.hostConfig, this.needVolumes(), (from) =>
        this.mountsOf(from),
      )
      const record: ContainerRecord = {
        version: 1,
        id,
        name,
        created: new Date().toISOString(),
        image: config.Image ?? '',
        imageId: image.id,
        diffIds: [...image.diffIds],
        config,
        hostConfig: {
          ...request.hostConfig,
          ...shared,
          Links: links,
          PidsLimit: pidsLimit(request.hostConfig),
        },
        mounts,
        networks: request.networks,
      }
      await this.records.add(record)
      const container = this.view(record)
      try {
        await this.prepare(container)
      } catch (error) {
        await this.forget(container, true)
        throw error
      }
      this.emit('create', container)
      return container
    } finally {
      this.reserved.delete(name)
    }
  }

  /** @throws LaminaError name_in_use, invalid_input */
  async rename(container: Container, name: string): Promise<void> {
    if (name === '') throw invalid('name', 'Neither old nor new names may be empty')
    const bare = name.replace(/^\//, '')
    const { record } = container
    if (bare === record.name) {
      throw invalid('name', 'Renaming a container with the same name as its current name')
    }
    try {
      checkName(bare, `/${bare}`)
      this.reserve(bare, record.id)
    } catch (error) {
      throw inWords(error, (text) => `Error when allocating new name: ${text}`)
    }
    try {
      const oldName = `/${record.name}`
      await this.renameLinks(record.name, bare)
      await this.change(container, { name: bare })
      this.emit('rename', container, { oldName })
    } finally {
      this.reserved.delete(bare)
    }
  }

  /** Changes what `docker update` may change. */
  async update(container: Container, changes: HostConfig): Promise<void> {
    checkHostConfig(changes)
    checkResources(changes, { update: true })
    const { id, hostConfig } = container.record
    await this.change(container, { hostConfig: updatedHostConfig(id, hostConfig, changes) })
    this.emit('update', container)
  }

  /** Removes a container; with `volumes` those of its volumes that nobody named and nobody uses. */
  async remove(container: Container, { volumes = false } = {}): Promise<void> {
    const { id } = container.record
    if (!this.records.get(id)) throw noSuchContainer(id)
    if (this.removing.has(id)) throw conflict(`removal of container ${id} is already in progress`)
    this.removing.add(id)
    try {
      await this.forget(container, volumes)
    } finally {
      this.removing.delete(id)
    }
    this.emit('destroy', container)
  }

  /** Tells listeners what happened to a container. */
  emit(action: string, { record }: Container, attributes: Record<string, string> = {}): void {
    const { Labels } = record.config
    const all = { ...Labels, ...attributes, image: record.image, name: record.name }
    this.options.emit('container', action, record.id, all)
  }

  /** By the name of a container its further ones: those by which others are linked to it. */
  linkNames(): Map<string, string[]> {
    return linkNames(this.records.list())
  }

  /**
   * Forgets a link by its name, `parent/alias`.
   * @throws LaminaError conflict where the name is the container's own
   */
  async unlink(name: string): Promise<void> {
    const bare = name.replace(/^\//, '')
    const parent = this.records.list().find((record) => bare.startsWith(`${record.name}/`))
    if (!parent) throw conflict('Conflict, cannot remove the default link name of the container')
    const left = linksOf(parent).filter((link) => !link.endsWith(`:/${bare}`))
    const hostConfig = { ...parent.hostConfig, Links: left.length > 0 ? left : null }
    await this.change(this.view(parent), { hostConfig })
  }

  private async renameLinks(from: string, to: string): Promise<void> {
    for (const record of this.records.list()) {
      const before = linksOf(record)
      const links = renamedLinks(record, from, to)
      if (links.every((link, at) => link === before[at])) continue
      await this.change(this.view(record), { hostConfig: { ...record.hostConfig, Links: links } })
    }
  }

  /** Namespaces of other containers, which those have to be there for, by their ids. */
  private sharedModes({ NetworkMode, PidMode, IpcMode }: HostConfig): HostConfig {
    const modes: HostConfig = {}
    for (const [key, mode] of Object.entries({ NetworkMode, PidMode, IpcMode })) {
      const shared = sharedWith(mode)
      if (shared === null) continue
      // A network is looked for when the container starts.
      const found = key === 'NetworkMode' ? this.find(shared) : this.needed(shared)
      modes[key] = `container:${found?.id ?? shared}`
    }
    return modes
  }

  private find(name: string): ContainerRecord | null {
    try {
      return this.get(name).record
    } catch {
      return null
    }
  }

  private mountsOf(name: string): readonly MountPoint[] {
    return this.needed(name).mounts
  }

  /** Not "no such container": the client would take that for a missing image, and pull it. */
  private needed(name: string): ContainerRecord {
    try {
      return this.get(name).record
    } catch (error) {
      if (!(error instanceof LaminaError)) throw error
      throw invalid('VolumesFrom', error.params.docker ?? error.message)
    }
  }

  private *layersInUse(): Generator<Digest> {
    for (const { diffIds } of this.records.list()) yield* diffIds
  }

  private async prepare(container: Container): Promise<void> {
    const { config, hostConfig } = container.record
    await container.prepareWorkingDir()
    const mounts = [...container.record.mounts]
    const tmpfs = hostConfig.Tmpfs ?? {}
    for (const path of Object.keys(config.Volumes ?? {}).sort()) {
      const { path: destination, item } = await container.resolveDestination(path)
      if (destination in tmpfs || mounts.some((mount) => mount.destination === destination))
        continue
      if (item && item.entry.type !== 'directory') {
        throw conflict(`cannot mount volume over existing file, file exists ${destination}`)
      }
      const driver = hostConfig.VolumeDriver ?? ''
      const request = { name: '', driver, labels: null, options: null }
      const volume = await this.needVolumes().ensure(request)
      mounts.push({
        type: 'volume',
        name: volume.name,
        source: volume.mountpoint,
        destination,
        driver: volume.driver,
        mode: '',
        rw: true,
        propagation: '',
        anonymous: true,
        copyData: true,
      })
    }
    if (mounts.length > container.record.mounts.length) await this.change(container, { mounts })
    for (const mount of mounts) {
      if (mount.type === 'volume' && mount.copyData) await container.seedVolume(mount)
    }
  }

  private async forget({ record }: Container, volumes: boolean): Promise<void> {
    await this.records.remove(record.id)
    this.open.delete(record.id)
    if (!volumes) return
    for (const { type, name, anonymous } of record.mounts) {
      if (type === 'volume' && anonymous) await this.needVolumes().release(name)
    }
  }

  private async change(container: Container, changes: Partial<ContainerRecord>): Promise<void> {
    const record = { ...container.record, ...changes }
    await this.records.update(record)
    container.record = record
  }

  private reserve(wanted: string, id: string): string {
    const bare = wanted.replace(/^\//, '')
    const owner = (name: string) => this.records.list().find((record) => record.name === name)?.id
    const taken = (name: string) => this.reserved.has(name) || owner(name) !== undefined
    if (bare === '') {
      const name = madeUpName(taken)
      this.reserved.add(name)
      return name
    }
    checkName(bare)
    if (taken(bare)) {
      const docker = `Conflict. The container name "/${bare}" is already in use by container "${owner(bare) ?? id}". You have to remove (or rename) that container to be able to reuse that name.`
      throw new LaminaError('name_in_use', { name: bare, docker })
    }
    this.reserved.add(bare)
    return bare
  }

  private view(record: ContainerRecord): Container {
    let container = this.open.get(record.id)
    if (!container) {
      const { layers } = this.options.store
      container = new Container(record, this.records.pathOf(record.id), layers)
      this.open.set(record.id, container)
    }
    return container
  }

  private needVolumes(): VolumesPort {
    if (!this.volumes) throw new Error('containers were opened without volumes')
    return this.volumes
  }
}

/** Without "." and "..", and without a slash at its end. */
function cleanPath(path: string): string {
  return posix.normalize(path).replace(/(?<=.)\/$/, '')
}

/** Neither 0 nor -1 is a limit. */
function pidsLimit({ PidsLimit }: HostConfig): number | null {
  return PidsLimit !== undefined && PidsLimit !== null && PidsLimit > 0 ? PidsLimit : null
}

/** The same error with dockerd's sentence put into another one. */
function inWords(error: unknown, words: (text: string) => string): unknown {
  if (!(error instanceof LaminaError)) return error
  const docker = words(error.params.docker ?? error.message)
  return new LaminaError(error.code, { ...error.params, docker }, { cause: error })
}
