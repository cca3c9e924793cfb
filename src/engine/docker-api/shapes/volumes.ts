/** Volumes in the shape of Docker's API 1.41. */
import { sortedKeys } from '../../oci/go-json'
import type { Volume } from '../../volume/volumes'

export function volumeShape(volume: Volume) {
  return {
    CreatedAt: volume.created,
    Driver: volume.driver,
    Labels: sortedKeys(volume.labels),
    Mountpoint: volume.mountpoint,
    Name: volume.name,
    Options: sortedKeys(volume.options),
    Scope: 'local',
  }
}
