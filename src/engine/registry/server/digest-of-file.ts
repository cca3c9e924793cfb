import { open } from 'node:fs/promises'
import { giveBuffer, takeBuffer } from '../../blob/buffers'
import { Digester, type Digest, type DigestAlgorithm } from '../../oci/digest'

/** Reads a whole file for its digest. */
export async function digestOfFile(path: string, algorithm: DigestAlgorithm): Promise<Digest> {
  const digester = new Digester(algorithm)
  const buffer = takeBuffer()
  const handle = await open(path, 'r')
  try {
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length)
      if (bytesRead === 0) return digester.digest()
      digester.update(buffer.subarray(0, bytesRead))
    }
  } finally {
    await handle.close()
    giveBuffer(buffer)
  }
}
