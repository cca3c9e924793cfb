/** What containers want of volumes; src/engine/volume keeps them. */

export interface VolumeRequest {
  /** Empty: one that nobody names. */
  name: string
  driver: string
  labels: Record<string, string> | null
  options: Record<string, string> | null
}

export interface MountableVolume {
  name: string
  driver: string
  /** Folder on this machine that holds its content. */
  mountpoint: string
}

export interface VolumesPort {
  /** The volume of that name, made when there is none. */
  ensure(request: VolumeRequest): Promise<MountableVolume>
  /** Removes one that a container's end leaves unused; one in use stays. */
  release(name: string): Promise<void>
}
