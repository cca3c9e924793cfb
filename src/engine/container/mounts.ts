/** All mounts of a new container, in dockerd's order: volumes-from, then -v, then --mount. */
import { exists } from '../blob/disk'
import type { HostConfig } from './host-config'
import { parseBind, parseMount, parseVolumesFrom, refuse, type ParsedMount } from './mount-specs'
import type { MountPoint } from './record'
import type { VolumesPort } from './volumes-port'

/**
 * Reads and checks every specification first, then makes the volumes that are missing.
 * @param mountsOf the mounts of a container that `--volumes-from` names
 */
export async function assembleMounts(
  host: HostConfig,
  volumes: VolumesPort,
  mountsOf: (container: string) => readonly MountPoint[],
): Promise<MountPoint[]> {
  const found = new Map<string, MountPoint | ParsedMount>()
  for (const spec of host.VolumesFrom ?? []) {
    const { container, writable } = parseVolumesFrom(spec)
    for (const mount of mountsOf(container)) {
      const rw = mount.rw && writable
      found.set(mount.destination, { ...mount, mode: '', rw, copyData: false })
    }
  }

  const own = new Set<string>()
  const add = (mount: ParsedMount) => {
    const { destination } = mount
    const isTmpfs = mount.type !== 'tmpfs' && destination in (host.Tmpfs ?? {})
    if (own.has(destination) || isTmpfs) {
      throw refuse(`Duplicate mount point: ${destination}`)
    }
    own.add(destination)
    found.set(destination, mount)
  }
  for (const spec of host.Binds ?? []) add(parseBind(spec, host.VolumeDriver ?? ''))
  for (const spec of host.Mounts ?? []) {
    const mount = parseMount(spec, host.VolumeDriver)
    if (mount.type === 'bind' && !(await exists(mount.source))) {
      const text = `bind source path does not exist: ${mount.source}`
      throw refuse(`invalid mount config for type "bind": ${text}`)
    }
    add(mount)
  }

  const mounts: MountPoint[] = []
  for (const mount of found.values()) mounts.push(await withVolume(mount, volumes))
  return mounts
}

async function withVolume(
  mount: MountPoint | ParsedMount,
  volumes: VolumesPort,
): Promise<MountPoint> {
  if (!('labels' in mount)) return mount
  const { labels, options, ...point } = mount
  if (point.type !== 'volume') return point
  const { name, driver } = point
  const volume = await volumes.ensure({ name, driver, labels, options })
  return { ...point, name: volume.name, driver: volume.driver, source: volume.mountpoint }
}
