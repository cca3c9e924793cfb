/** Go's os.FileMode, which `X-Docker-Container-Path-Stat` carries (go: io/fs FileMode). */
import type { FileType, LayerEntry } from '../../layer/types'

const TYPE_BITS: Record<FileType, number> = {
  file: 0,
  hardlink: 0,
  directory: 2 ** 31,
  symlink: 2 ** 27,
  block: 2 ** 26,
  char: 2 ** 26 + 2 ** 21,
  fifo: 2 ** 25,
}

export function goFileMode({ type, mode }: Pick<LayerEntry, 'type' | 'mode'>): number {
  const setuid = mode & 0o4000 ? 2 ** 23 : 0
  const setgid = mode & 0o2000 ? 2 ** 22 : 0
  const sticky = mode & 0o1000 ? 2 ** 20 : 0
  return TYPE_BITS[type] + setuid + setgid + sticky + (mode & 0o777)
}
