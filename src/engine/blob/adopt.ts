/** Taking a whole file into the blob store without reading it, where the file system can link. */
import { constants } from 'node:fs'
import { copyFile, link, open, rename, rm, stat } from 'node:fs/promises'
import { LaminaError } from '@shared/errors'
import { digestAlgorithm, Digester, type Digest } from '../oci/digest'
import type { BlobInfo } from './blob-store'
import { BUFFER_SIZE } from './buffers'
import { errno, isMissing, onDisk, publish } from './disk'

/** Where links cannot be: another file system, one without links, a file that has too many. */
const NO_LINK = ['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EACCES']

interface Adoption {
  from: string
  /** A free name in the store's ingest folder. */
  own: string
  /** Where the blob is to lie. */
  to: string
  digest: Digest
}

/** @throws LaminaError digest_mismatch, not_found, and those of the disk */
export function adoptFile(
  { from, own, to, digest }: Adoption,
  { verify = true, move = false }: { verify?: boolean; move?: boolean },
): Promise<BlobInfo & { linked: boolean }> {
  return onDisk(to, async () => {
    try {
      const linked = await bring(from, own, move)
      const size = await settle(own, verify ? digest : null)
      const there = await stat(to).catch(() => null)
      // The one that is there may be open or linked elsewhere; it is as good.
      if (there?.size !== size) await publish(own, to)
      return { digest, size, linked }
    } catch (error) {
      if (isMissing(error)) throw new LaminaError('not_found', { name: from }, { cause: error })
      throw error
    } finally {
      await rm(own, { force: true })
    }
  })
}

/** Gives the file the store's own name; answers whether it is the same file. */
async function bring(from: string, own: string, move: boolean): Promise<boolean> {
  try {
    await (move ? rename(from, own) : link(from, own))
    return true
  } catch (error) {
    if (!NO_LINK.includes(errno(error) ?? '')) throw error
  }
  await copyFile(from, own, constants.COPYFILE_EXCL)
  if (move) await rm(from)
  return false
}

/** Checks and syncs the bytes; answers with their number. */
async function settle(path: string, digest: Digest | null): Promise<number> {
  const handle = await open(path, 'r+')
  try {
    if (digest !== null) {
      const digester = new Digester(digestAlgorithm(digest))
      const buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE)
      for (;;) {
        const { bytesRead } = await handle.read(buffer, 0, buffer.length)
        if (bytesRead === 0) break
        digester.update(buffer.subarray(0, bytesRead))
      }
      const found = digester.digest()
      if (found !== digest) throw new LaminaError('digest_mismatch', {}, { cause: found })
    }
    await handle.sync()
    return (await handle.stat()).size
  } finally {
    await handle.close()
  }
}
