/** Files that go through the browser: what a person uploads, and what a task wrote for them. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename } from 'node:path'
import { PassThrough } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { LaminaError, toAppError } from '@shared/errors'
import type { FilesService } from '../services/files'

/** POST /upload?name=: the body becomes a file; the answer is its handle, or `{error}`. */
export async function upload(
  files: FilesService,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // A stream of its own: when writing fails, the request itself must go on to its end, because a
  // browser reads no answer before it has sent everything.
  const body = new PassThrough()
  request.pipe(body)
  request.once('close', () => request.complete || body.destroy(new Error('the page went away')))
  try {
    sendJson(response, 200, await files.upload(name, body))
  } catch (thrown) {
    request.unpipe(body).resume()
    await finished(request, { writable: false }).catch(() => undefined)
    if (!request.complete) return // the page went away: nobody listens
    sendJson(response, thrown instanceof LaminaError ? 507 : 500, { error: toAppError(thrown) })
  }
}

/** GET /download/{handle}: only what has a handle, never a path. */
export async function download(
  files: FilesService,
  handle: string,
  response: ServerResponse,
): Promise<void> {
  let path: string
  let size: number
  try {
    path = files.path(handle)
    size = (await stat(path)).size
  } catch {
    const error = toAppError(new LaminaError('file_missing', { path: '' }))
    return sendJson(response, 404, { error })
  }
  const name = basename(path)
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': size,
    'Content-Disposition': disposition(name),
    'Cache-Control': 'no-store',
  })
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), response)
}

/** RFC 6266: an ASCII name for old clients, the real one in UTF-8. */
function disposition(name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16)}`,
  )
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(body))
}
