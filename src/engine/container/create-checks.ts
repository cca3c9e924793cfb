/**
 * What dockerd refuses when a container is made, although nothing runs yet: names that nothing
 * answers to, settings that exclude each other (moby daemon/container.go, runconfig).
 */
import { knownSignal } from '../image/dockerfile/ports-signals'
import type { RunConfig } from '../oci/image-config'
import type { HostConfig } from './host-config'
import { invalid } from './wording'

/** Nanoseconds. */
const MIN_HEALTH_TIME = 1e6

const LOG_DRIVERS = new Set(
  'awslogs fluentd gcplogs gelf journald json-file local logentries none splunk syslog'.split(' '),
)
/** What the drivers that are built in take; others are not looked into. */
const COMMON_LOG_OPTIONS = ['mode', 'max-buffer-size']
const LOG_OPTIONS: Partial<Record<string, string[]>> = {
  'json-file': [
    ...COMMON_LOG_OPTIONS,
    ...['max-file', 'max-size', 'compress', 'labels', 'labels-regex', 'env', 'env-regex', 'tag'],
  ],
  local: [...COMMON_LOG_OPTIONS, 'max-file', 'max-size', 'compress'],
}
const RUNTIMES = new Set(['runc', 'io.containerd.runc.v2', 'io.containerd.runtime.v1.linux'])
const CAPABILITIES = new Set(
  (
    'ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN ' +
    'DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE ' +
    'MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON ' +
    'SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE ' +
    'SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM'
  ).split(' '),
)

/** @throws LaminaError invalid_input with dockerd's sentence */
export function checkRunning(host: HostConfig): void {
  for (const key of ['CapAdd', 'CapDrop'] as const) {
    for (const name of listOf(host[key])) {
      const bare = name.toUpperCase().replace(/^CAP_/, '')
      if (CAPABILITIES.has(bare)) continue
      throw invalid(key, `invalid ${key}: unknown capability: "CAP_${bare}"`)
    }
  }
  const driver = host.LogConfig?.Type ?? ''
  if (driver !== '' && !LOG_DRIVERS.has(driver)) {
    throw invalid(
      'LogConfig',
      `error looking up logging plugin ${driver}: plugin "${driver}" not found`,
    )
  }
  checkLogOptions(driver || 'json-file', Object.keys(host.LogConfig?.Config ?? {}))
  const { Runtime: runtime = '' } = host
  if (runtime !== '' && !RUNTIMES.has(runtime)) {
    throw invalid('Runtime', `Unknown runtime specified ${runtime}`)
  }
  const score = numberOf(host.OomScoreAdj)
  if (score < -1000 || score > 1000) {
    throw invalid('OomScoreAdj', `Invalid value ${score}, range for oom score adj is [-1000, 1000]`)
  }
}

function checkLogOptions(driver: string, options: readonly string[]): void {
  const known = LOG_OPTIONS[driver]
  const strange = known && options.find((name) => !known.includes(name))
  if (strange === undefined) return
  throw invalid('LogConfig', `unknown log opt '${strange}' for ${driver} log driver`)
}

/**
 * Settings of a client that exclude each other.
 * @throws LaminaError invalid_input with dockerd's sentence
 */
export function checkTogether(
  config: RunConfig,
  host: HostConfig,
  networks: readonly string[],
): void {
  const { NetworkMode: mode = '' } = host
  const refuse = (text: string) => invalid('HostConfig', text)
  if (networks.length > 1) {
    const names = networks.join(', ')
    throw refuse(`Container cannot be connected to network endpoints: ${names}`)
  }
  if (mode === 'container' || mode === 'container:') {
    throw refuse('Invalid network mode: invalid container format container:<name|id>')
  }
  const conflict = (text: string) => refuse(`conflicting options: ${text}`)
  const shares = mode.startsWith('container:')
  const undefinedBehaviour = "can't be used with links. This would result in undefined behavior"
  const has = (value: unknown) =>
    Array.isArray(value) ? value.length > 0 : Object.keys(value ?? {}).length > 0
  if (shares && config.Hostname) throw conflict('hostname and the network mode')
  if (host.UTSMode === 'host' && config.Hostname) throw conflict('hostname and the UTS mode')
  if (mode === 'host' && has(host.Links)) {
    throw conflict(`host type networking ${undefinedBehaviour}`)
  }
  if (shares && has(host.Links)) throw conflict(`container type network ${undefinedBehaviour}`)
  if (shares && has(host.Dns)) throw conflict('dns and the network mode')
  if (shares && has(host.ExtraHosts)) {
    throw conflict('custom host-to-IP mapping and the network mode')
  }
  if ((shares || mode === 'host') && config.MacAddress) {
    throw conflict('mac-address and the network mode')
  }
  if (shares && (has(host.PortBindings) || host.PublishAllPorts === true)) {
    throw conflict('port publishing and the container type network mode')
  }
  if (shares && has(config.ExposedPorts)) {
    throw conflict('port exposing and the container type network mode')
  }
  const { Isolation: isolation = '' } = host
  if (isolation !== '' && isolation !== 'default') {
    const quoted = JSON.stringify(isolation)
    throw refuse(`Invalid isolation: ${quoted} - linux only supports 'default'`)
  }
}

/** @throws LaminaError invalid_input with dockerd's sentence */
export function checkSettings({ Healthcheck, StopSignal }: RunConfig): void {
  if (StopSignal && !knownSignal(StopSignal)) {
    throw invalid('StopSignal', `Invalid signal: ${StopSignal}`)
  }
  for (const key of ['Interval', 'Timeout', 'StartPeriod'] as const) {
    const time = Healthcheck?.[key] ?? 0
    if (time !== 0 && time < MIN_HEALTH_TIME) {
      throw invalid('Healthcheck', `${key} in Healthcheck cannot be less than 1ms`)
    }
  }
  if ((Healthcheck?.Retries ?? 0) < 0) {
    throw invalid('Healthcheck', 'Retries in Healthcheck cannot be negative')
  }
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
