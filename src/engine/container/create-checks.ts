/**
 * What dockerd refuses when a container is made, although nothing runs yet: limits that no kernel
 * takes, names that nothing answers to (moby daemon/daemon_unix.go, daemon/container.go).
 */
import { cpus } from 'node:os'
import { knownSignal } from '../image/dockerfile/ports-signals'
import type { RunConfig } from '../oci/image-config'
import type { HostConfig } from './host-config'
import { invalid } from './wording'

const MIN_MEMORY = 6 * 1024 * 1024
/** Nanoseconds. */
const MIN_HEALTH_TIME = 1e6

const LOG_DRIVERS = new Set(
  'awslogs fluentd gcplogs gelf journald json-file local logentries none splunk syslog'.split(' '),
)
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
export function checkResources(host: HostConfig): void {
  const { Memory = 0, MemorySwap = 0 } = host
  if (Memory !== 0 && Memory < MIN_MEMORY) {
    throw invalid('Memory', 'Minimum memory limit allowed is 6MB')
  }
  if (Memory > 0 && MemorySwap > 0 && MemorySwap < Memory) {
    throw invalid(
      'MemorySwap',
      'Minimum memoryswap limit should be larger than memory limit, see usage',
    )
  }
  const processors = cpus().length
  const wanted = numberOf(host.NanoCpus)
  if (wanted < 0 || wanted > processors * 1e9) {
    throw invalid(
      'NanoCpus',
      `Range of CPUs is from 0.01 to ${processors.toFixed(2)}, as there are only ${processors} CPUs available`,
    )
  }
}

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
  const { Runtime: runtime = '' } = host
  if (runtime !== '' && !RUNTIMES.has(runtime)) {
    throw invalid('Runtime', `Unknown runtime specified ${runtime}`)
  }
  const score = numberOf(host.OomScoreAdj)
  if (score < -1000 || score > 1000) {
    throw invalid('OomScoreAdj', `Invalid value ${score}, range for oom score adj is [-1000, 1000]`)
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
