/** GET, HEAD and DELETE of blobs (distribution spec, end-2, end-10). */
import { isMissing } from '../../../blob/disk'
import { isDigest, type Digest } from '../../../oci/digest'
import { MAX_CACHED_BODY } from '../body-cache'
import { Fault } from '../faults'
import { answer, isUnchanged, type Exchange } from './exchange'
import { parseRange } from './range'
import { sendFile } from './send-file'

export function checkDigest(text: string): Digest {
  if (isDigest(text)) return text
  throw new Fault('DIGEST_INVALID', { detail: { digest: text, reason: 'not a digest' } })
}

export async function getBlob(exchange: Exchange, name: string, reference: string): Promise<void> {
  const { req, res, store } = exchange
  const digest = checkDigest(reference)
  const link = store.blob(name, digest)
  if (!link) throw unknownBlob(digest)
  const { size } = link
  const head = [
    ...['Accept-Ranges', 'bytes', 'Cache-Control', 'max-age=31536000'],
    ...['Docker-Content-Digest', digest, 'Etag', `"${digest}"`],
  ]
  if (isUnchanged(req, digest)) return answer(exchange, 304, head)
  head.push('Content-Type', 'application/octet-stream')
  const range = req.method === 'GET' ? requestedRange(exchange, digest, size) : null
  const { start, end } = range ?? { start: 0, end: size - 1 }
  if (range) head.push('Content-Range', `bytes ${start}-${end}/${size}`)
  if (req.method === 'GET' && size <= MAX_CACHED_BODY) {
    const body = await smallBody(exchange, digest, size)
    return answer(exchange, range ? 206 : 200, head, body.subarray(start, end + 1))
  }
  head.push('Content-Length', String(end + 1 - start))
  head.push('Docker-Distribution-Api-Version', 'registry/2.0')
  if (req.method === 'HEAD') {
    res.writeHead(200, head).end()
    return
  }
  try {
    await sendFile(res, store.blobs.path(digest), { start, end }, () =>
      res.writeHead(range ? 206 : 200, head),
    )
  } catch (error) {
    if (isMissing(error)) throw unknownBlob(digest)
    throw error
  }
}

export async function deleteBlob(
  exchange: Exchange,
  name: string,
  reference: string,
): Promise<void> {
  const digest = checkDigest(reference)
  if (!(await exchange.store.remove({ op: 'unblob', repository: name, digest }))) {
    throw unknownBlob(digest)
  }
  answer(exchange, 202, [])
}

async function smallBody({ store }: Exchange, digest: Digest, size: number): Promise<Buffer> {
  const body = store.cached(digest) ?? (await store.body(digest))
  if (body.length !== size) throw new Error(`${digest} has ${body.length} bytes, not ${size}`)
  return body
}

/** @throws Fault SIZE_INVALID (416) */
function requestedRange({ req }: Exchange, digest: Digest, size: number) {
  const condition = req.headers['if-range']
  if (condition !== undefined && condition !== `"${digest}"`) return null
  const range = parseRange(req.headers.range, size)
  if (range !== 'unsatisfiable') return range
  throw new Fault('SIZE_INVALID', {
    status: 416,
    headers: ['Content-Range', `bytes */${size}`],
    detail: { range: req.headers.range, size },
  })
}

function unknownBlob(digest: Digest): Fault {
  return new Fault('BLOB_UNKNOWN', { detail: { digest } })
}
