/** A small blob at once: everything but the syncs without a way to another thread and back. */
import { closeSync, fsync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { LaminaError } from '@shared/errors'
import { digestAlgorithm, digestOf, type Digest } from '../oci/digest'
import type { BlobInfo, WriteOptions } from './blob-store'
import { diskError, syncFolder } from './disk'

/** Up to here a write into the page cache takes less time than to hand it to another thread. */
export const SMALL = 64 * 1024

const sync = promisify(fsync)

/**
 * As a writer that is given all of `data` and committed: atomic, durable, checked.
 * @param temporary a free name in the store's ingest folder
 * @param path where a blob of this digest lies
 * @throws LaminaError digest_mismatch, and those of the disk
 */
export async function putSmall(
  data: Buffer,
  temporary: string,
  path: (digest: Digest) => string,
  { expected = {}, lease }: WriteOptions,
): Promise<BlobInfo> {
  const digest = digestOf(data, expected.digest ? digestAlgorithm(expected.digest) : 'sha256')
  const size = data.length
  if (expected.digest !== undefined && expected.digest !== digest) {
    throw new LaminaError('digest_mismatch', {}, { cause: `${digest}, not ${expected.digest}` })
  }
  if (expected.size !== undefined && expected.size !== size) {
    throw new LaminaError('digest_mismatch', {}, { cause: `${size} bytes, not ${expected.size}` })
  }
  lease?.add(digest)
  const target = path(digest)
  try {
    if (statSync(target, { throwIfNoEntry: false })?.size === size) return { digest, size }
    await write(data, temporary)
    renameSync(temporary, target)
    await syncFolder(dirname(target))
    return { digest, size }
  } catch (error) {
    rmSync(temporary, { force: true })
    throw diskError(error, target)
  }
}

async function write(data: Buffer, path: string): Promise<void> {
  const file = openSync(path, 'wx', 0o600)
  try {
    for (let at = 0; at < data.length;) at += writeSync(file, data, at)
    await sync(file)
  } finally {
    closeSync(file)
  }
}
