/** Bodies of requests: into an upload with back pressure, or whole into memory up to a limit. */
import type { IncomingMessage } from 'node:http'
import { Fault } from '../faults'
import type { Upload } from '../upload'

/** The client went away in the middle of its body: there is nobody to answer to. */
export class ClientGone extends Error {}

/**
 * Appends the body to the upload. Throws ClientGone when it ends too early: what came until then is
 * the upload's all the same, and what the disk threw.
 */
export function receive(req: IncomingMessage, upload: Upload): Promise<void> {
  return new Promise((resolve, reject) => {
    if (req.destroyed) return reject(new ClientGone())
    let failed = false
    req.on('data', (chunk: Buffer) => {
      if (failed || upload.push(chunk)) return
      req.pause()
      upload
        .room()
        .catch((error: unknown) => {
          // The rest is read and dropped, so that the client gets to see the answer.
          failed = true
          reject(error)
        })
        .finally(() => req.resume())
    })
    req.once('end', resolve)
    req.once('close', () => reject(new ClientGone()))
  })
}

/** @throws Fault SIZE_INVALID (413) beyond `limit` bytes; ClientGone */
export function readBody(req: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = () => new Fault('SIZE_INVALID', { status: 413, detail: { limit } })
  if (Number(req.headers['content-length'] ?? 0) > limit) return Promise.reject(tooLarge())
  return new Promise((resolve, reject) => {
    if (req.destroyed) return reject(new ClientGone())
    let chunks: Buffer[] = []
    let size = 0
    req.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
      else {
        // The rest is read and dropped, so that the client gets to see the answer.
        chunks = []
        reject(tooLarge())
      }
    })
    req.once('end', () =>
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)),
    )
    req.once('close', () => reject(new ClientGone()))
  })
}
