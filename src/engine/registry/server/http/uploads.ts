/** Uploads of blobs (distribution spec, "Pushing blobs": end-4, end-5, end-6, end-11, end-13). */
import { digestAlgorithm, isDigest, type Digest, type DigestAlgorithm } from '../../../oci/digest'
import { Fault } from '../faults'
import type { Upload } from '../upload'
import { checkDigest } from './blobs'
import { receive } from './body'
import { answer, type Exchange } from './exchange'
import { parseContentRange } from './range'
import { takeTurn } from './turns'

/** POST: begins an upload; with `mount` or `digest` and a body it may be done at once. */
export async function startUpload(exchange: Exchange, name: string): Promise<void> {
  const query = new URLSearchParams(exchange.query)
  const mount = query.get('mount')
  // A mount that cannot be is an upload: what was wrong with it does not matter.
  if (isDigest(mount) && (await exchange.store.mount(name, mount, query.get('from')))) {
    return created(exchange, name, mount)
  }
  const digest = mount === null ? query.get('digest') : null
  const expected = digest === null ? null : checkDigest(digest)
  const announced = expected ?? (isDigest(mount) ? mount : null)
  const algorithm = announced
    ? digestAlgorithm(announced)
    : askedAlgorithm(query.get('digest-algorithm'))
  const upload = exchange.store.uploads.create(name, algorithm)
  if (expected === null) return accepted(exchange, upload)
  const release = await takeTurn(upload, exchange.req)
  try {
    await append(exchange, upload, true)
    await exchange.store.finishUpload(upload, expected)
  } catch (error) {
    // Nobody has been told of this upload, so nobody can go on with it.
    await exchange.store.uploads.remove(upload)
    throw error
  } finally {
    release()
  }
  created(exchange, name, expected)
}

/** PATCH: a chunk, in order, or everything as one stream. */
export async function patchUpload(exchange: Exchange, name: string, id: string): Promise<void> {
  const upload = find(exchange, name, id)
  const release = await takeTurn(upload, exchange.req)
  try {
    find(exchange, name, id)
    await append(exchange, upload)
  } finally {
    release()
  }
  accepted(exchange, upload)
}

/** PUT: what is left, and the digest of the whole. */
export async function putUpload(exchange: Exchange, name: string, id: string): Promise<void> {
  const upload = find(exchange, name, id)
  const given = new URLSearchParams(exchange.query).get('digest')
  const digest = checkDigest(given ?? '')
  const release = await takeTurn(upload, exchange.req)
  try {
    find(exchange, name, id)
    await append(exchange, upload, true)
    await exchange.store.finishUpload(upload, digest)
  } finally {
    release()
  }
  created(exchange, name, digest)
}

/** GET: how much of it is there. */
export function uploadStatus(exchange: Exchange, name: string, id: string): void {
  answer(exchange, 204, progress(find(exchange, name, id)))
}

export async function cancelUpload(exchange: Exchange, name: string, id: string): Promise<void> {
  const upload = find(exchange, name, id)
  const release = await takeTurn(upload, exchange.req)
  try {
    await exchange.store.uploads.remove(find(exchange, name, id))
  } finally {
    release()
  }
  answer(exchange, 204, [])
}

/**
 * Adds the request's body. What has come stays when the client goes away, so that it can go on.
 * @param last the blob may stay in memory, as it is finished in the same request
 * @throws Fault BLOB_UPLOAD_INVALID (416), SIZE_INVALID; ClientGone
 */
async function append({ req, store }: Exchange, upload: Upload, last = false): Promise<void> {
  const before = upload.size
  const length = checkChunk(req.headers, upload)
  try {
    await receive(req, upload)
    if (!last) await upload.flush()
  } catch (error) {
    await flushOrDrop(upload, () => store.uploads.remove(upload))
    throw error
  }
  if (length !== null && upload.size - before !== length) {
    throw new Fault('SIZE_INVALID', {
      detail: { expected: length, received: upload.size - before },
    })
  }
}

/** After a client went away: its bytes into the file; an upload whose disk failed is given up. */
async function flushOrDrop(upload: Upload, drop: () => Promise<void>): Promise<void> {
  try {
    await upload.flush()
  } catch {
    await drop()
  }
}

/** The length that `Content-Range` promises, or null without one. */
function checkChunk(headers: Exchange['req']['headers'], upload: Upload): number | null {
  const header = headers['content-range']
  if (header === undefined) return null
  const range = parseContentRange(header)
  if (range?.start !== upload.size) {
    throw new Fault('BLOB_UPLOAD_INVALID', {
      status: 416,
      headers: progress(upload),
      detail: { range: header, received: upload.size },
    })
  }
  const length = range.end + 1 - range.start
  const declared = headers['content-length']
  if (declared !== undefined && Number(declared) !== length) {
    throw new Fault('SIZE_INVALID', { detail: { range: header, length: Number(declared) } })
  }
  return length
}

/** What `digest-algorithm` asks for (end-4c). Throws Fault DIGEST_INVALID. */
function askedAlgorithm(name: string | null): DigestAlgorithm {
  if (name === null || name === 'sha256' || name === 'sha512') return name ?? 'sha256'
  throw new Fault('DIGEST_INVALID', {
    detail: { algorithm: name, reason: 'the algorithm is not supported' },
  })
}

function find({ store }: Exchange, name: string, id: string): Upload {
  const upload = store.uploads.get(id, name)
  if (upload) return upload
  throw new Fault('BLOB_UPLOAD_UNKNOWN', { detail: { upload: id } })
}

function progress(upload: Upload): string[] {
  return [
    ...['Location', `/v2/${upload.repository}/blobs/uploads/${upload.id}`],
    ...['Range', `0-${Math.max(0, upload.size - 1)}`],
    ...['Docker-Upload-Uuid', upload.id],
  ]
}

function accepted(exchange: Exchange, upload: Upload): void {
  answer(exchange, 202, progress(upload))
}

function created(exchange: Exchange, name: string, digest: Digest): void {
  const location = `/v2/${name}/blobs/${digest}`
  answer(exchange, 201, ['Location', location, 'Docker-Content-Digest', digest])
}
