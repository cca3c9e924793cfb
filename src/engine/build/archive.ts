/** What ADD unpacks: a tar, plain or packed with gzip or zstd, found by its bytes and not by its name. */
import { LaminaError } from '@shared/errors'
import { bytesOf } from '../container/fs/host-tree'
import type { Item } from '../container/fs/tree'
import { refused } from '../container/wording'
import { unpacked } from '../image/unpack'
import { BLOCK, checksumHolds } from '../layer/tar-fields'
import { sniffForeignPacking } from '../oci/media-types'

/** Names of tars in a packing that dockerd unpacks and that is not read here. */
const FOREIGN_TAR = /\.(?:tar\.\w+|t[bx]z2?)$/

/** @throws LaminaError engine_refused for a tar that dockerd would unpack and that is not read here */
export async function isArchive({ entry, content }: Item): Promise<boolean> {
  if (entry.type !== 'file' || entry.size < 10) return false
  const packing = sniffForeignPacking(await firstBlock(bytesOf(content)))
  if (packing !== null) {
    if (!FOREIGN_TAR.test(entry.path)) return false
    throw refused(
      `/${entry.path} is packed with ${packing}, which the bundled engine cannot unpack: pack it with gzip or zstd`,
    )
  }
  try {
    const block = await firstBlock(unpacked(bytesOf(content)))
    return block.length === BLOCK && block[0] !== 0 && checksumHolds(block, 0)
  } catch (error) {
    // Not packed after all, whatever its first bytes look like: a file like any other.
    if (error instanceof LaminaError && error.code === 'archive_corrupted') return false
    throw error
  }
}

async function firstBlock(bytes: AsyncIterable<Buffer>): Promise<Buffer> {
  let head = Buffer.alloc(0)
  for await (const chunk of bytes) {
    head = Buffer.concat([head, chunk])
    if (head.length >= BLOCK) break
  }
  return head.subarray(0, BLOCK)
}
