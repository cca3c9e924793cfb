/**
 * A container's `HostConfig`: kept whole, whatever it says of running, with dockerd's defaults and in
 * the order in which Docker writes it (moby api/types/container/host_config.go).
 */
import { z } from 'zod'
import { LaminaError } from '@shared/errors'
import { defined, sortedKeys } from '../oci/go-json'

const strings = z.array(z.string()).nullish()
const map = z.record(z.string(), z.string()).nullish()

export const mountSchema = z.looseObject({
  Type: z.string(),
  Source: z.string().optional(),
  Target: z.string(),
  ReadOnly: z.boolean().optional(),
  Consistency: z.string().optional(),
  BindOptions: z.looseObject({ Propagation: z.string().optional() }).nullish(),
  VolumeOptions: z
    .looseObject({
      NoCopy: z.boolean().optional(),
      Labels: map,
      DriverConfig: z.looseObject({ Name: z.string().optional(), Options: map }).nullish(),
    })
    .nullish(),
})
export type MountSpec = z.infer<typeof mountSchema>

export const hostConfigSchema = z.looseObject({
  Binds: strings,
  LogConfig: z.looseObject({ Type: z.string().optional(), Config: map }).nullish(),
  NetworkMode: z.string().optional(),
  PortBindings: z
    .record(
      z.string(),
      z
        .array(z.looseObject({ HostIp: z.string().optional(), HostPort: z.string().optional() }))
        .nullable(),
    )
    .nullish(),
  RestartPolicy: z
    .looseObject({ Name: z.string().optional(), MaximumRetryCount: z.number().optional() })
    .nullish(),
  AutoRemove: z.boolean().optional(),
  VolumeDriver: z.string().optional(),
  VolumesFrom: strings,
  IpcMode: z.string().optional(),
  CgroupnsMode: z.string().optional(),
  Privileged: z.boolean().optional(),
  ReadonlyRootfs: z.boolean().optional(),
  SecurityOpt: strings,
  StorageOpt: map,
  Tmpfs: map,
  Sysctls: map,
  ShmSize: z.number().optional(),
  Runtime: z.string().optional(),
  Memory: z.number().optional(),
  MemorySwap: z.number().optional(),
  MemorySwappiness: z.number().nullish(),
  OomKillDisable: z.boolean().nullish(),
  PidsLimit: z.number().nullish(),
  Mounts: z.array(mountSchema).nullish(),
  MaskedPaths: strings,
  ReadonlyPaths: strings,
})
export type HostConfig = z.infer<typeof hostConfigSchema>

const MASKED = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
]
const READONLY = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']
const SHM_SIZE = 64 * 1024 * 1024

/** @throws LaminaError invalid_input with dockerd's sentence */
export function checkHostConfig(host: HostConfig): void {
  const policy = host.RestartPolicy?.Name ?? ''
  const retries = host.RestartPolicy?.MaximumRetryCount ?? 0
  if (!['', 'no', 'always', 'unless-stopped', 'on-failure'].includes(policy)) {
    throw refuse('RestartPolicy', `invalid restart policy '${policy}'`)
  }
  if (policy === 'on-failure' && retries < 0) {
    throw refuse('RestartPolicy', 'maximum retry count cannot be negative')
  }
  if (retries !== 0 && policy !== '' && policy !== 'on-failure') {
    const text = `maximum retry count cannot be used with restart policy '${policy}'`
    throw refuse('RestartPolicy', text)
  }
  if (host.AutoRemove && policy !== '' && policy !== 'no') {
    throw refuse('AutoRemove', "can't create 'AutoRemove' container with restart policy")
  }
  for (const path of Object.keys(host.Tmpfs ?? {})) {
    if (path.startsWith('/')) continue
    throw refuse('Tmpfs', `invalid mount path: '${path}' mount path must be absolute`)
  }
  for (const option of Object.keys(host.StorageOpt ?? {})) {
    // Sizes are limited by quotas of a file system, which there are none of.
    const text = "--storage-opt is supported only for overlay over xfs with 'pquota' mount option"
    throw refuse('StorageOpt', option === 'size' ? text : `Unknown option ${option}`)
  }
  for (const [port, bindings] of Object.entries(host.PortBindings ?? {})) {
    if (!/^\d{1,5}(?:-\d{1,5})?(?:\/(?:tcp|udp|sctp))?$/i.test(port)) {
      throw refuse('PortBindings', `invalid port specification: "${port}"`)
    }
    for (const { HostPort = '' } of bindings ?? []) {
      if (!/^(?:\d{1,5}(?:-\d{1,5})?)?$/.test(HostPort)) {
        throw refuse('PortBindings', `invalid port specification: "${HostPort}"`)
      }
    }
  }
}

/** `HostConfig` as Docker's API 1.41 writes it. What the client sent beyond it comes at the end. */
export function orderHostConfig(host: HostConfig): Record<string, unknown> {
  const { Privileged = false, Memory = 0 } = host
  const field = (name: string, otherwise: unknown) => host[name] ?? otherwise
  const known = {
    Binds: host.Binds ?? null,
    ContainerIDFile: field('ContainerIDFile', ''),
    LogConfig: {
      Type: host.LogConfig?.Type || 'json-file',
      Config: sortedKeys(host.LogConfig?.Config) ?? {},
    },
    NetworkMode: host.NetworkMode || 'default',
    PortBindings: portBindings(host.PortBindings),
    RestartPolicy: {
      Name: host.RestartPolicy?.Name ?? '',
      MaximumRetryCount: host.RestartPolicy?.MaximumRetryCount ?? 0,
    },
    AutoRemove: host.AutoRemove ?? false,
    VolumeDriver: host.VolumeDriver ?? '',
    VolumesFrom: host.VolumesFrom ?? null,
    CapAdd: field('CapAdd', null),
    CapDrop: field('CapDrop', null),
    CgroupnsMode: host.CgroupnsMode || 'host',
    Dns: field('Dns', []),
    DnsOptions: field('DnsOptions', []),
    DnsSearch: field('DnsSearch', []),
    ExtraHosts: field('ExtraHosts', null),
    GroupAdd: field('GroupAdd', null),
    IpcMode: host.IpcMode || 'private',
    Cgroup: field('Cgroup', ''),
    Links: field('Links', null),
    OomScoreAdj: field('OomScoreAdj', 0),
    PidMode: field('PidMode', ''),
    Privileged,
    PublishAllPorts: field('PublishAllPorts', false),
    ReadonlyRootfs: host.ReadonlyRootfs ?? false,
    SecurityOpt: securityOpt(host),
    StorageOpt: sortedKeys(host.StorageOpt) ?? undefined,
    Tmpfs: sortedKeys(host.Tmpfs) ?? undefined,
    UTSMode: field('UTSMode', ''),
    UsernsMode: field('UsernsMode', ''),
    ShmSize: host.ShmSize || SHM_SIZE,
    Sysctls: sortedKeys(host.Sysctls) ?? undefined,
    Runtime: host.Runtime || 'runc',
    ConsoleSize: field('ConsoleSize', [0, 0]),
    Isolation: field('Isolation', ''),
    CpuShares: field('CpuShares', 0),
    Memory,
    NanoCpus: field('NanoCpus', 0),
    CgroupParent: field('CgroupParent', ''),
    BlkioWeight: field('BlkioWeight', 0),
    BlkioWeightDevice: field('BlkioWeightDevice', null),
    BlkioDeviceReadBps: field('BlkioDeviceReadBps', null),
    BlkioDeviceWriteBps: field('BlkioDeviceWriteBps', null),
    BlkioDeviceReadIOps: field('BlkioDeviceReadIOps', null),
    BlkioDeviceWriteIOps: field('BlkioDeviceWriteIOps', null),
    CpuPeriod: field('CpuPeriod', 0),
    CpuQuota: field('CpuQuota', 0),
    CpuRealtimePeriod: field('CpuRealtimePeriod', 0),
    CpuRealtimeRuntime: field('CpuRealtimeRuntime', 0),
    CpusetCpus: field('CpusetCpus', ''),
    CpusetMems: field('CpusetMems', ''),
    Devices: field('Devices', null),
    DeviceCgroupRules: field('DeviceCgroupRules', null),
    DeviceRequests: field('DeviceRequests', null),
    KernelMemory: field('KernelMemory', 0),
    KernelMemoryTCP: field('KernelMemoryTCP', 0),
    MemoryReservation: field('MemoryReservation', 0),
    MemorySwap: host.MemorySwap || 2 * Memory,
    MemorySwappiness: host.MemorySwappiness === -1 ? null : (host.MemorySwappiness ?? null),
    OomKillDisable: host.OomKillDisable ?? false,
    PidsLimit: (host.PidsLimit ?? -1) >= 0 ? host.PidsLimit : null,
    Ulimits: field('Ulimits', null),
    CpuCount: field('CpuCount', 0),
    CpuPercent: field('CpuPercent', 0),
    IOMaximumIOps: field('IOMaximumIOps', 0),
    IOMaximumBandwidth: field('IOMaximumBandwidth', 0),
    Mounts: host.Mounts?.length ? host.Mounts : undefined,
    MaskedPaths: host.MaskedPaths ?? (Privileged ? null : MASKED),
    ReadonlyPaths: host.ReadonlyPaths ?? (Privileged ? null : READONLY),
    Init: host.Init ?? undefined,
  }
  return defined({
    ...known,
    ...Object.fromEntries(Object.entries(host).filter(([key]) => !(key in known))),
  })
}

/** The container whose namespace a mode (`container:NAME`) shares; null: none. */
export function sharedWith(mode: unknown): string | null {
  return (typeof mode === 'string' ? /^container:(.*)$/.exec(mode)?.[1] : undefined) ?? null
}

/** Clients may leave the address out. */
function portBindings(bindings: HostConfig['PortBindings']) {
  const ports = Object.entries(sortedKeys(bindings) ?? {}).map(([port, places]) => [
    port,
    places?.map((place) => ({ HostIp: '', HostPort: '', ...place })) ?? null,
  ])
  return Object.fromEntries(ports) as Record<string, unknown>
}

/** What sees the host's processes or memory is not labelled (moby daemon/daemon_unix.go generateSecurityOpt). */
function securityOpt({ SecurityOpt, IpcMode, PidMode, Privileged }: HostConfig): string[] | null {
  const given = SecurityOpt ?? []
  const isOpen = IpcMode === 'host' || PidMode === 'host' || Privileged === true
  if (!isOpen || given.some((option) => /^label[=:]/.test(option))) return SecurityOpt ?? null
  return [...given, 'label=disable']
}

function refuse(field: string, reason: string): LaminaError {
  return new LaminaError('invalid_input', { field, reason, docker: reason })
}
