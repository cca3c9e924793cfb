/** What takes room on an engine's disk: `/system/df` of the Docker Engine API, as `docker system df` sums it up. */
import type { KindUsage, StorageUsage } from '@shared/storage'
import type { DockerClient } from './client'
import { diskUsageSchema, type WireDiskUsage } from './wire'

/** Milliseconds: the daemon adds up every file of every volume. */
const LIMIT = 300_000

/** GET /system/df */
export async function readUsage(client: DockerClient, signal?: AbortSignal): Promise<StorageUsage> {
  const request = { path: '/system/df', signal, timeout: LIMIT }
  return usageOf(await client.json(request, diskUsageSchema))
}

/** Bytes of each volume by its name; those that the engine does not tell are left out. */
export async function readVolumeSizes(
  client: DockerClient,
  signal?: AbortSignal,
): Promise<Map<string, number>> {
  // From API 1.42 on only what is asked for is added up, from 1.52 on only `verbose` lists it.
  const query = { type: 'volume', verbose: 1 }
  const request = { path: '/system/df', query, signal, timeout: LIMIT }
  const { Volumes, VolumeUsage } = await client.json(request, diskUsageSchema)
  const sizes = new Map<string, number>()
  for (const { Name, UsageData } of [...Volumes, ...(VolumeUsage?.Items ?? [])]) {
    if (UsageData && UsageData.Size >= 0) sizes.set(Name, UsageData.Size)
  }
  return sizes
}

/**
 * The three rows. Up to API 1.51 the client adds them up, with the rules of docker's own CLI
 * (cli/command/formatter/disk_usage.go): an image that a container was made from is in use.
 */
export function usageOf(wire: WireDiskUsage): StorageUsage {
  return {
    images: told(wire.ImageUsage) ?? imageUsage(wire),
    containers:
      told(wire.ContainerUsage) ??
      summed(
        wire.Containers.map(({ State, SizeRw }) => ({
          size: SizeRw,
          used: /running|paused|restarting/.test(State),
        })),
      ),
    volumes:
      told(wire.VolumeUsage) ??
      summed(
        wire.Volumes.map(({ UsageData }) => ({
          size: UsageData?.Size ?? 0,
          used: UsageData?.RefCount !== 0,
        })),
      ),
  }
}

function told(usage: WireDiskUsage['ImageUsage']): KindUsage | null {
  if (!usage) return null
  return { count: usage.TotalCount, size: usage.TotalSize, reclaimable: usage.Reclaimable }
}

/** Layers are counted once; what only images in use have stays. */
function imageUsage({ Images, LayersSize }: WireDiskUsage): KindUsage {
  const used = Images.filter(
    ({ Containers, Size, SharedSize }) => Containers !== 0 && Size >= 0 && SharedSize >= 0,
  ).reduce((sum, { Size, SharedSize }) => sum + Size - SharedSize, 0)
  return { count: Images.length, size: LayersSize, reclaimable: Math.max(0, LayersSize - used) }
}

function summed(rows: readonly { size: number; used: boolean }[]): KindUsage {
  const sum = (some: typeof rows) => some.reduce((all, { size }) => all + Math.max(0, size), 0)
  return {
    count: rows.length,
    size: sum(rows),
    reclaimable: sum(rows.filter(({ used }) => !used)),
  }
}
