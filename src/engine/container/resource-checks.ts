/** Limits that no kernel takes, as dockerd refuses them (moby daemon/daemon_unix.go). */
import { cpus } from 'node:os'
import type { HostConfig } from './host-config'
import { invalid } from './wording'

const MIN_MEMORY = 6 * 1024 * 1024
/** Microseconds. */
const CFS_PERIOD = { min: 1000, max: 1_000_000 }
const CFS_QUOTA_MIN = 1000

/**
 * @param update changes to a container: what is left out stays as it was
 * @throws LaminaError invalid_input with dockerd's sentence
 */
export function checkResources(host: HostConfig, { update = false } = {}): void {
  checkMemory(host, update)
  checkCpu(host)
  checkSet('CpusetCpus', host.CpusetCpus)
  checkSet('CpusetMems', host.CpusetMems)
}

/** What is kept, but would not do what it says. */
export function warningsOf(host: HostConfig): string[] {
  const warnings: string[] = []
  if (numberOf(host.KernelMemory) > 0) {
    warnings.push(
      'Specifying a kernel memory limit is deprecated and will be removed in a future release.',
    )
  }
  if (host.OomKillDisable && !host.Memory) {
    warnings.push(
      'OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.',
    )
  }
  if (host.NetworkMode === 'host' && Object.keys(host.PortBindings ?? {}).length > 0) {
    warnings.push('Published ports are discarded when using host network mode')
  }
  return warnings
}

function checkMemory(host: HostConfig, update: boolean): void {
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
  if (Memory === 0 && MemorySwap > 0 && !update) {
    throw invalid(
      'MemorySwap',
      'You should always set the Memory limit when using Memoryswap limit, see usage',
    )
  }
  const swappiness = host.MemorySwappiness ?? -1
  if (swappiness < -1 || swappiness > 100) {
    throw invalid(
      'MemorySwappiness',
      `Invalid value: ${swappiness}, valid memory swappiness range is 0-100`,
    )
  }
  const reservation = numberOf(host.MemoryReservation)
  if (reservation > 0 && reservation < MIN_MEMORY) {
    throw invalid('MemoryReservation', 'Minimum memory reservation allowed is 6MB')
  }
  if (Memory > 0 && Memory < reservation) {
    throw invalid(
      'MemoryReservation',
      'Minimum memory limit can not be less than memory reservation limit, see usage',
    )
  }
  const kernel = numberOf(host.KernelMemory)
  if (kernel > 0 && kernel < MIN_MEMORY) {
    throw invalid('KernelMemory', 'Minimum kernel memory limit allowed is 6MB')
  }
}

function checkCpu(host: HostConfig): void {
  const nano = numberOf(host.NanoCpus)
  const period = numberOf(host.CpuPeriod)
  const quota = numberOf(host.CpuQuota)
  for (const [name, value] of [
    ['Period', period],
    ['Quota', quota],
  ] as const) {
    if (nano <= 0 || value <= 0) continue
    throw invalid('NanoCpus', `Conflicting options: Nano CPUs and CPU ${name} cannot both be set`)
  }
  const processors = cpus().length
  if (nano < 0 || nano > processors * 1e9) {
    throw invalid(
      'NanoCpus',
      `Range of CPUs is from 0.01 to ${processors.toFixed(2)}, as there are only ${processors} CPUs available`,
    )
  }
  if (period !== 0 && (period < CFS_PERIOD.min || period > CFS_PERIOD.max)) {
    throw invalid(
      'CpuPeriod',
      'CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)',
    )
  }
  if (quota > 0 && quota < CFS_QUOTA_MIN) {
    throw invalid('CpuQuota', 'CPU cfs quota can not be less than 1ms (i.e. 1000)')
  }
}

/** `0-2,4`: processors that this machine has. Its memory nodes are not known here. */
function checkSet(key: 'CpusetCpus' | 'CpusetMems', value: unknown): void {
  if (typeof value !== 'string' || value === '') return
  const what = key === 'CpusetCpus' ? 'cpus' : 'mems'
  let highest = 0
  for (const part of value.split(',')) {
    const [, first = '', last = first] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? []
    if (first === '' || Number(last) < Number(first)) {
      throw invalid(key, `Invalid value ${value} for cpuset ${what}: invalid format: ${value}`)
    }
    highest = Math.max(highest, Number(last))
  }
  const top = cpus().length - 1
  if (key === 'CpusetMems' || highest <= top) return
  const available = top === 0 ? '0' : `0-${top}`
  throw invalid(
    key,
    `Requested CPUs are not available - requested ${value}, available: ${available}`,
  )
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0
}
