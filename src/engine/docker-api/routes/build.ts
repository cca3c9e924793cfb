/** POST /build: the classic builder. */
import { z } from 'zod'
import { familiarReference, fullReference } from '@shared/reference'
import { buildImage } from '../../build/builder'
import { pullImage } from '../../transfer/pull'
import { parsePlatform } from '../../transfer/platform'
import { ApiError } from '../http/errors'
import { parseAs, type ApiRequest } from '../http/request'
import type { ApiResponse } from '../http/response'
import type { Route } from '../http/router'
import { PullLines } from '../progress-lines'
import { readRegistryAuth } from '../registry-auth'
import type { Services } from '../services'
import { needReference } from '../wording'
import { isInsecure } from './image-transfer'

const argsSchema = z.record(z.string(), z.string().nullable())
const labelsSchema = z.record(z.string(), z.string())

export function buildRoutes(services: Services): Route[] {
  return [
    {
      method: 'POST',
      pattern: '/build',
      handler: (request, response) => build(services, request, response),
    },
  ]
}

async function build(
  services: Services,
  request: ApiRequest,
  response: ApiResponse,
): Promise<void> {
  const { store } = services
  if (request.text('version') === '2') {
    throw new ApiError(
      400,
      'the bundled engine has the classic builder only: set DOCKER_BUILDKIT=0',
    )
  }
  if (request.text('remote') !== '') {
    throw new ApiError(400, 'the bundled engine builds from a context that the client sends')
  }
  const names = request.query.getAll('t').filter(Boolean).map(needReference)
  const withDigest = names.find(({ digest }) => digest !== null)
  if (withDigest) throw new ApiError(400, 'build tag cannot contain a digest')
  const quiet = request.flag('q')
  const print = async (text: string): Promise<void> => {
    if (!quiet) await response.line({ stream: text })
  }
  try {
    const id = await buildImage(store, request.raw as AsyncIterable<Buffer>, {
      dockerfile: request.text('dockerfile'),
      buildArgs: new Map(Object.entries(jsonQuery(request, 'buildargs', argsSchema))),
      labels: new Map(Object.entries(jsonQuery(request, 'labels', labelsSchema))),
      target: request.text('target'),
      noCache: request.flag('nocache'),
      platform: parsePlatform(request.text('platform')),
      print,
      pull: (name, platform) => pull(services, request, response, { name, platform, quiet }),
      signal: request.signal,
    })
    if (!quiet) await response.line({ aux: { ID: id } })
    await print(`Successfully built ${id.slice('sha256:'.length).slice(0, 12)}\n`)
    for (const name of names) {
      await store.images.tag(id, fullReference(name))
      await print(`Successfully tagged ${familiarReference(name)}\n`)
    }
    if (quiet) await response.line({ stream: `${id}\n` })
    response.end()
  } catch (error) {
    if (request.signal.aborted) return
    if (!response.started) throw error
    response.errorLine(error)
  }
}

/** A query value that is JSON; an absent one is `{}`. */
function jsonQuery<S extends z.ZodType>(request: ApiRequest, name: string, schema: S) {
  const text = request.text(name)
  return parseAs(schema, text === '' || text === 'null' ? '{}' : text)
}

async function pull(
  services: Services,
  request: ApiRequest,
  response: ApiResponse,
  { name, platform, quiet }: { name: string; platform: string; quiet: boolean },
): Promise<void> {
  const reference = needReference(name)
  const lines = quiet ? null : new PullLines(response, reference)
  const { digest, upToDate } = await pullImage(services.store, reference, {
    credentials: credentialsFor(request, reference.domain),
    insecure: (host) => isInsecure(services.insecureRegistries, host),
    platform: parsePlatform(platform || request.text('platform')),
    signal: request.signal,
    onProgress: (item) => lines?.item(item),
  })
  await lines?.end(digest)
  if (quiet) return
  const what = upToDate ? 'Image is up to date for' : 'Downloaded newer image for'
  await response.line({ status: `Status: ${what} ${familiarReference(reference)}` })
}

/** X-Registry-Config: the client's credentials for every registry that it knows. */
function credentialsFor(request: ApiRequest, domain: string) {
  const header = request.header('x-registry-config')
  if (header === '') return null
  const text = Buffer.from(header, 'base64url').toString('utf8')
  const known = parseAs(z.record(z.string(), z.unknown()), text)
  const key = domain === 'docker.io' ? 'https://index.docker.io/v1/' : domain
  return key in known ? readRegistryAuth(JSON.stringify(known[key])).credentials : null
}
