/** `docker update`: which parts of a HostConfig it may change, and how (moby container_unix.go). */
import type { HostConfig } from './host-config'
import { conflict } from './wording'

const RESOURCES = [
  'BlkioWeight',
  'CpuPeriod',
  'CpuQuota',
  'CpuRealtimePeriod',
  'CpuRealtimeRuntime',
  'CpuShares',
  'CpusetCpus',
  'CpusetMems',
  'KernelMemory',
  'Memory',
  'MemoryReservation',
  'MemorySwap',
  'NanoCpus',
  'PidsLimit',
]

/** The host config after an update: what is zero or empty was not asked for. */
export function updatedHostConfig(id: string, host: HostConfig, changes: HostConfig): HostConfig {
  const asked = RESOURCES.filter((key) => changes[key])
  // Anything below means no limit, which is written as 0 from then on.
  const pids = Math.max(changes.PidsLimit ?? 0, 0)
  const swap = host.MemorySwap || 2 * (host.Memory ?? 0)
  if (changes.Memory && !changes.MemorySwap && changes.Memory > swap) {
    throw conflict(
      `Cannot update container ${id}: Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time`,
    )
  }
  return {
    ...host,
    ...Object.fromEntries(asked.map((key) => [key, changes[key]])),
    ...(changes.PidsLimit ? { PidsLimit: pids } : {}),
    ...(changes.RestartPolicy?.Name ? { RestartPolicy: changes.RestartPolicy } : {}),
  }
}
