/** What ADD unpacks: a tar, plain or gzip, found by its bytes and not by its name. */
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { bytesOf } from '../container/fs/host-tree'
import type { Item } from '../container/fs/tree'
import { refused } from '../container/wording'
import { BLOCK, checksumHolds } from '../layer/tar-fields'
import type { Content } from '../layer/types'
import { sniffCompression, sniffForeignPacking } from '../oci/media-types'

/** @throws LaminaError engine_refused for a tar that dockerd would unpack and that is not read here */
export async function isArchive({ entry, content }: Item): Promise<boolean> {
  if (entry.type !== 'file' || entry.size < 10) return false
  const head = await firstBlock(bytesOf(content))
  const packing = sniffForeignPacking(head)
  if (packing !== null && /\.(?:tar\.\w+|t[bx]z2?)$/.test(entry.path)) {
    throw refused(
      `/${entry.path} is packed with ${packing}, which the bundled engine cannot unpack: pack it with gzip`,
    )
  }
  if (sniffCompression(head) !== 'gzip') return isHeader(head)
  return isHeader(await firstUnpacked(content))
}

function isHeader(block: Buffer): boolean {
  return block.length === BLOCK && block[0] !== 0 && checksumHolds(block, 0)
}

async function firstUnpacked(content: Content): Promise<Buffer> {
  const packed = Readable.from(bytesOf(content), { objectMode: false })
  const gunzip = createGunzip()
  packed.on('error', (error) => gunzip.destroy(error))
  packed.pipe(gunzip)
  try {
    return await firstBlock(gunzip as AsyncIterable<Buffer>)
  } catch {
    // Not gzip after all, or cut short: a file like any other.
    return Buffer.alloc(0)
  } finally {
    packed.destroy()
    gunzip.destroy()
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
