/** Containers in the shapes of Docker's API 1.41, fields in the order in which dockerd writes them. */
import { posix } from 'node:path'
import type { Container } from '../../container/container'
import { orderHostConfig } from '../../container/host-config'
import { defined, orderConfig, sortedKeys } from '../../oci/go-json'
import type { ContainerRecord, Endpoint, MountPoint } from '../../container/record'
import { commandOf } from '../../container/run-config'
import { JsonRows } from '../json-rows'

const NEVER = '0001-01-01T00:00:00Z'

export interface Sizes {
  rw: number
  rootFs: number
}

/** What a row says beside the container's record. */
export interface RowFacts {
  /** Name or id of its image, as it is shown. */
  image: string
  sizes: Sizes | null
  /** Further names, those of links. */
  linkNames: readonly string[]
}

/** One element of GET /containers/json, as JSON. */
export function containerRow({ record }: Container, facts: RowFacts): Buffer {
  const { image, sizes, linkNames } = facts
  return rows.row(record, JSON.stringify(facts), () => ({
    ...plainSummary(record),
    Names: [record.name, ...linkNames].map((name) => `/${name}`),
    Image: image,
    SizeRw: sizes?.rw || undefined,
    SizeRootFs: sizes?.rootFs || undefined,
  }))
}

const rows = new JsonRows<ContainerRecord>()

/** In the order of the fields; those that are undefined do not show in JSON. */
function plainSummary(record: ContainerRecord) {
  const { config, hostConfig } = record
  return {
    Id: record.id,
    Names: [`/${record.name}`],
    Image: '',
    ImageID: record.imageId,
    Command: shownCommand(config),
    Created: Math.floor(Date.parse(record.created) / 1000),
    Ports: [],
    SizeRw: undefined,
    SizeRootFs: undefined,
    Labels: sortedKeys(config.Labels) ?? {},
    State: 'created',
    Status: 'Created',
    HostConfig: { NetworkMode: hostConfig.NetworkMode || 'default' },
    NetworkSettings: { Networks: endpoints(record) },
    Mounts: record.mounts.map(mountShape),
  }
}

/** GET /containers/{id}/json */
export function containerInspect(container: Container, sizes: Sizes | null) {
  const { record, folder } = container
  const { path, args } = commandOf(record.config)
  return defined({
    Id: record.id,
    Created: record.created,
    Path: path,
    Args: args,
    State: stateShape(),
    Image: record.imageId,
    ResolvConfPath: '',
    HostnamePath: '',
    HostsPath: '',
    LogPath: '',
    Name: `/${record.name}`,
    RestartCount: 0,
    Driver: 'lamina',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: null,
    HostConfig: orderHostConfig(record.hostConfig),
    GraphDriver: { Data: { UpperDir: folder }, Name: 'lamina' },
    SizeRw: sizes?.rw,
    SizeRootFs: sizes?.rootFs,
    Mounts: record.mounts.map(mountShape),
    Config: orderConfig(record.config),
    NetworkSettings: networkSettings(record),
  })
}

/** One element of `Mounts`. */
function mountShape(mount: MountPoint) {
  const isVolume = mount.type === 'volume'
  return defined({
    Type: mount.type,
    Name: isVolume ? mount.name : undefined,
    Source: mount.source,
    Destination: posix.normalize(mount.destination),
    Driver: isVolume ? mount.driver : undefined,
    Mode: mount.mode,
    RW: mount.rw,
    Propagation: mount.propagation,
  })
}

/** A container that never ran. */
function stateShape() {
  return {
    Status: 'created',
    Running: false,
    Paused: false,
    Restarting: false,
    OOMKilled: false,
    Dead: false,
    Pid: 0,
    ExitCode: 0,
    Error: '',
    StartedAt: NEVER,
    FinishedAt: NEVER,
  }
}

function networkSettings(record: ContainerRecord) {
  return {
    Bridge: '',
    SandboxID: '',
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    Ports: {},
    SandboxKey: '',
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: '',
    Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    IPAddress: '',
    IPPrefixLen: 0,
    IPv6Gateway: '',
    MacAddress: '',
    Networks: endpoints(record),
  }
}

/** The networks that it would join: those that were asked for, or the one of its network mode. */
function endpoints({ networks, hostConfig }: ContainerRecord) {
  const named = Object.keys(networks).length > 0 ? networks : { [hostConfig.NetworkMode ?? '']: {} }
  const shapes = Object.entries(named).filter(([name]) => !name.startsWith('container:'))
  return sortedKeys(
    Object.fromEntries(shapes.map(([name, value]) => [networkOf(name), endpoint(value)])),
  )
}

/** The network that a network mode means. */
export function networkOf(mode: string): string {
  return mode === '' || mode === 'default' ? 'bridge' : mode
}

function endpoint(asked: Partial<Endpoint>) {
  return {
    IPAMConfig: asked.IPAMConfig ?? null,
    Links: asked.Links ?? null,
    Aliases: asked.Aliases ?? null,
    NetworkID: '',
    EndpointID: '',
    Gateway: '',
    IPAddress: '',
    IPPrefixLen: 0,
    IPv6Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    MacAddress: asked.MacAddress ?? '',
    DriverOpts: asked.DriverOpts ?? null,
  }
}

/** As `docker ps` shows it: arguments with anything but plain characters in quotes. */
function shownCommand(config: ContainerRecord['config']): string {
  const { path, args } = commandOf(config)
  if (args.length === 0) return path
  const quote = (arg: string) => (/[\s'"\\]/.test(arg) ? `'${arg.replace(/'/g, `'"'"'`)}'` : arg)
  return [path, ...args.map(quote)].join(' ')
}
