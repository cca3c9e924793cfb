/** Images from and to archives: save, load, import. */
import { Readable } from 'node:stream'
import { LaminaError } from '@shared/errors'
import { fullReference } from '@shared/reference'
import { namedImages } from '../../image/archive-names'
import { importRootfs } from '../../image/import'
import { loadArchive } from '../../image/load'
import { saveArchive } from '../../image/save'
import type { Platform } from '../../oci/manifest'
import { hostPlatform } from '../../transfer/platform'
import { ApiError } from '../http/errors'
import type { ApiRequest } from '../http/request'
import type { ApiResponse } from '../http/response'
import type { Route } from '../http/router'
import { imageLabels } from '../image-labels'
import { readPlatform } from '../platform'
import type { Services } from '../services'
import { familiar } from '../shapes/images'
import { joinReference, needReference } from '../wording'

export function imageArchiveRoutes(services: Services): Route[] {
  return [
    {
      method: 'GET',
      pattern: '/images/get',
      handler: (request, response) =>
        save(services, request, response, request.query.getAll('names').filter(Boolean)),
    },
    {
      method: 'GET',
      pattern: '/images/{name}/get',
      handler: (request, response) => save(services, request, response, [request.param('name')]),
    },
    {
      method: 'POST',
      pattern: '/images/load',
      handler: (request, response) => load(services, request, response),
    },
  ]
}

async function save(
  { store, events }: Services,
  request: ApiRequest,
  response: ApiResponse,
  names: string[],
): Promise<void> {
  if (names.length === 0) throw new ApiError(400, 'no images given')
  const ids = names.flatMap((name) => {
    try {
      return namedImages(store, [name]).map(({ image }) => image.id)
    } catch (error) {
      if (!(error instanceof LaminaError) || error.code !== 'not_found') throw error
      const words = /:[^/]*$/.test(name) ? 'reference does not exist' : `No such image: ${name}`
      throw new ApiError(404, words)
    }
  })
  const archive = await saveArchive(store, names, { signal: request.signal })
  await response.stream('application/x-tar', archive)
  for (const id of ids) {
    events.emit('image', 'save', id, { ...imageLabels(store, id), name: id })
  }
}

async function load(
  { store, events }: Services,
  request: ApiRequest,
  response: ApiResponse,
): Promise<void> {
  const quiet = request.flag('quiet')
  response.beginLines()
  try {
    const images = await loadArchive(store, request.bytes({ reuse: true }), {
      name: 'from the client',
      platform: hostPlatform(),
      signal: request.signal,
      progress: (current, total) => {
        if (quiet) return
        const progressDetail = total === null ? { current } : { current, total }
        response.hint({ status: 'Loading layers', progressDetail, id: 'archive' })
      },
    })
    for (const { id, references, renamed } of images) {
      for (const { reference, from } of renamed) {
        const name = familiar(reference)
        const text = `The image ${name} already exists, renaming the old one with ID ${from} to empty string\n`
        await response.line({ stream: text })
      }
      for (const name of references) await response.line({ stream: `Loaded image: ${name}\n` })
      events.emit('image', 'load', id, { ...imageLabels(store, id), name: id })
    }
    // dockerd goes by the last image: where that has no name, it tells the ids of all of them.
    if (images.at(-1)?.references.length === 0) {
      for (const { id } of images) await response.line({ stream: `Loaded image ID: ${id}\n` })
    }
    response.end()
  } catch (error) {
    if (!request.signal.aborted) response.errorLine(error)
  }
}

/** POST /images/create?fromSrc=: a root file system as an image. */
export async function importImage(
  { store, events }: Services,
  request: ApiRequest,
  response: ApiResponse,
): Promise<void> {
  const name = joinReference(request.text('repo'), request.text('tag'))
  const reference = name === null ? null : needReference(name)
  if (reference && reference.digest !== null) {
    throw new ApiError(400, 'cannot import digest reference')
  }
  const source = request.text('fromSrc')
  const platform = importPlatform(request.text('platform'))
  const stream =
    source === '-'
      ? request.bytes({ reuse: true })
      : await download(source, request.signal, response)
  try {
    const image = await importRootfs(store, stream, {
      reference: reference && fullReference(reference),
      message: request.text('message'),
      source,
      changes: request.query.getAll('changes'),
      platform,
      signal: request.signal,
    })
    events.emit('image', 'import', image.id, { name: image.id })
    await response.line({ status: image.id })
    response.end()
  } catch (error) {
    if (!response.started) throw error
    if (!request.signal.aborted) response.errorLine(error)
  }
}

/** Its files are Linux's; dockerd refuses what it could not run. */
function importPlatform(text: string): Platform {
  const platform = readPlatform(text)
  if (platform.os !== 'linux') throw new ApiError(400, 'operating system is not supported')
  return platform
}

/**
 * What `docker import URL` names, and lines about how much of it has come. Only http and https: the
 * engine opens no files of its own.
 */
async function download(
  source: string,
  signal: AbortSignal,
  response: ApiResponse,
): Promise<AsyncIterable<Buffer>> {
  const address = /^https?:\/\//i.test(source) ? source : `http://${source}`
  let answer: Response
  try {
    answer = await fetch(address, { signal })
  } catch (cause) {
    throw new ApiError(500, `cannot download ${address}: ${(cause as Error).message}`, { cause })
  }
  if (!answer.ok || !answer.body) {
    const { status, statusText } = answer
    const said = (await answer.text()).slice(0, 1024)
    throw new ApiError(500, `failed to GET ${address} with status ${status} ${statusText}: ${said}`)
  }
  await response.line({ status: `Downloading from ${new URL(address).href}` })
  const body = Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0])
  // Of what has no length, or is unpacked on the way, Go says -1.
  const length = answer.headers.get('content-encoding')
    ? null
    : answer.headers.get('content-length')
  return counted(body as AsyncIterable<Uint8Array>, length === null ? -1 : Number(length), response)
}

/** Tells of each half percent, or of each half mebibyte, as dockerd does. */
async function* counted(
  body: AsyncIterable<Uint8Array>,
  total: number,
  response: ApiResponse,
): AsyncGenerator<Buffer> {
  const step = total > 0 ? total / 200 : 512 * 1024
  let current = 0
  let told = 0
  const tell = () => response.hint({ status: 'Importing', progressDetail: { current, total } })
  for await (const chunk of body) {
    yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    current += chunk.length
    if (current - told < step) continue
    told = current
    tell()
  }
  tell()
}
