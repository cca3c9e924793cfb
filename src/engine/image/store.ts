/** The store of a root: its lock, blobs, layers, images, and the checks over all of them. */
import { join } from 'node:path'
import { DiskBlobStore } from '../blob/disk-blob-store'
import { makeFolder } from '../blob/disk'
import { rootPaths } from '../blob/paths'
import { lockRoot } from '../blob/root-lock'
import { fsck } from './fsck'
import { ImageRecords } from './image-records'
import { DiskImageStore } from './image-store'
import { DiskLayerStore } from './layer-store'
import { Mutex } from './mutex'
import { ReferenceTable } from './reference-table'
import { Sweeper } from './sweeper'
import type { FsckProblem, Store } from './types'

/**
 * Opens (or begins) the store in this folder, and clears what a killed process left half written.
 * @throws LaminaError root_locked, store_damaged, disk_full, read_only, permission_denied
 */
export async function openStore(root: string): Promise<Store> {
  const paths = rootPaths(root)
  const lock = await lockRoot(paths)
  try {
    const blobs = await DiskBlobStore.open(paths)
    const layers = await DiskLayerStore.open(paths, blobs)
    const records = await ImageRecords.open(paths, blobs)
    const references = await ReferenceTable.open(paths)
    const sweeper = new Sweeper(blobs, layers, records)
    const mutex = new Mutex()
    const findings: (() => Promise<readonly FsckProblem[]>)[] = []
    const images = new DiskImageStore({ blobs, layers, records, references, sweeper, mutex })
    return {
      root,
      blobs,
      layers,
      images,
      folder: async (name) => {
        const folder = join(root, name)
        await makeFolder(folder)
        return folder
      },
      addRoots: (roots) => void sweeper.roots.push(roots),
      addFindings: (find) => void findings.push(find),
      gc: () => mutex.run(() => sweeper.sweep()),
      fsck: async (options) => {
        const report = await fsck({ blobs, layers, records, references, images }, options)
        for (const find of findings) report.problems.push(...(await find()))
        return report
      },
      close: () => lock.release(),
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}
