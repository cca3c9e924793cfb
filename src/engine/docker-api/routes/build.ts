/** POST /build: the classic builder (moby api/server/router/build, api/server/backend/build). */
import { z } from 'zod'
import { familiarReference, fullReference, type Reference } from '@shared/reference'
import { buildImage } from '../../build/builder'
import type { Digest } from '../../oci/digest'
import type { Credentials } from '../../registry/client/credentials'
import { parsePlatform } from '../../transfer/platform'
import { pullImage } from '../../transfer/pull'
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
/** A list, or nothing where the parameter is missing. */
const cacheSchema = z.union([z.array(z.string()), z.object({}).transform((): string[] => [])])

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
  refuseWhatIsNotHere(request)
  const names = namesOf(request)
  const lines = new BuildLines(response, request.flag('q'))
  try {
    const id = await run(services, request, lines)
    await lines.say({ stream: `Successfully built ${shortId(id)}\n` })
    // Names come last: an image that has one is complete.
    for (const name of names) {
      await services.store.images.tag(id, fullReference(name))
      await lines.say({ stream: `Successfully tagged ${familiarReference(name)}\n` })
    }
    await lines.end(id)
  } catch (error) {
    if (request.signal.aborted) return
    await lines.flush()
    if (!response.started) throw error
    response.errorLine(error)
  }
}

function run(services: Services, request: ApiRequest, lines: BuildLines): Promise<Digest> {
  const platform = request.text('platform')
  return buildImage(services.store, bodyOf(request), {
    dockerfile: request.text('dockerfile'),
    buildArgs: new Map(Object.entries(jsonQuery(request, 'buildargs', argsSchema))),
    labels: new Map(Object.entries(jsonQuery(request, 'labels', labelsSchema))),
    target: request.text('target'),
    noCache: request.flag('nocache'),
    cacheFrom: jsonQuery(request, 'cachefrom', cacheSchema),
    keepsContainers: request.text('rm') !== '' && !request.flag('rm') && !request.flag('forcerm'),
    platformSpec: platform,
    platform: parsePlatform(platform),
    print: (text) => lines.say({ stream: text }),
    warn: (text) => lines.say({ stream: `\u001b[91m${text}\u001b[0m` }),
    onContainer: (...what) => services.events.emit('container', ...what),
    built: (id) => lines.say({ aux: { ID: id } }),
    pull: (name, of) => pull(services, request, lines, { name, platform: of }),
    pullAlways: request.flag('pull'),
    runtime: services.runtime,
    signal: request.signal,
  })
}

/** The body; leaving it early does not cut the connection, over which the reason is yet to go. */
function bodyOf({ raw }: ApiRequest): AsyncIterable<Buffer> {
  return { [Symbol.asyncIterator]: () => raw.iterator({ destroyOnReturn: false }) }
}

/** What the builder says, at once, or with `-q` only when it fails. */
class BuildLines {
  readonly #response: ApiResponse
  readonly #quiet: boolean
  #kept: unknown[] = []

  constructor(response: ApiResponse, quiet: boolean) {
    this.#response = response
    this.#quiet = quiet
  }

  async say(line: unknown): Promise<void> {
    if (this.#quiet) this.#kept.push(line)
    else await this.#response.line(line)
  }

  /** What has been kept back. */
  async flush(): Promise<void> {
    const kept = this.#kept
    this.#kept = []
    for (const line of kept) await this.#response.line(line)
  }

  async end(id: Digest): Promise<void> {
    if (this.#quiet) await this.#response.line({ stream: `${id}\n` })
    this.#response.end()
  }
}

function refuseWhatIsNotHere(request: ApiRequest): void {
  if (request.text('version') === '2') {
    throw new ApiError(
      400,
      "Lamina's bundled engine has the classic builder only: set DOCKER_BUILDKIT=0",
    )
  }
  if (request.text('remote') !== '') {
    throw new ApiError(
      400,
      "Lamina's bundled engine builds from a context that the client sends: download or clone it first",
    )
  }
  if (!['', 'null', '[]'].includes(request.text('securityopt'))) {
    throw new ApiError(
      400,
      'The daemon on this platform does not support setting security options on build',
    )
  }
  const isolation = request.text('isolation')
  if (!['', 'default'].includes(isolation.toLowerCase())) {
    throw new ApiError(400, `Unsupported isolation: ${JSON.stringify(isolation)}`)
  }
  if (request.flag('squash')) {
    throw new ApiError(400, 'squash is only supported with experimental mode')
  }
}

/** The names that the image is to have, each once. */
function namesOf(request: ApiRequest): Reference[] {
  const names = new Map<string, Reference>()
  for (const text of request.query.getAll('t').filter(Boolean)) {
    const reference = nameOf(text)
    if (reference.digest !== null) throw new ApiError(500, 'build tag cannot contain a digest')
    names.set(fullReference(reference), reference)
  }
  return [...names.values()]
}

/** dockerd has no status of its own for a name that is none. */
function nameOf(text: string): Reference {
  try {
    return needReference(text)
  } catch (error) {
    throw error instanceof ApiError ? new ApiError(500, error.message) : error
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
  lines: BuildLines,
  { name, platform }: { name: string; platform: string },
): Promise<void> {
  const reference = needReference(name)
  const pulled = new PullLines(
    { line: (line) => lines.say(line), hint: () => undefined },
    reference,
  )
  const { digest, upToDate } = await pullImage(services.store, reference, {
    credentials: credentialsFor(request, reference.domain),
    insecure: (host) => isInsecure(services.insecureRegistries, host),
    local: services.registry,
    platform: parsePlatform(platform),
    signal: request.signal,
    onProgress: (item) => pulled.item(item),
  })
  await pulled.end(digest)
  const what = upToDate ? 'Image is up to date for' : 'Downloaded newer image for'
  await lines.say({ status: `Status: ${what} ${familiarReference(reference)}` })
}

/** X-Registry-Config: the client's credentials for every registry that it knows. */
function credentialsFor(request: ApiRequest, domain: string): Credentials | null {
  const header = request.header('x-registry-config')
  if (header === '') return null
  const text = Buffer.from(header, 'base64url').toString('utf8')
  const known = parseAs(z.record(z.string(), z.unknown()), text)
  const key = domain === 'docker.io' ? 'https://index.docker.io/v1/' : domain
  return key in known ? readRegistryAuth(JSON.stringify(known[key])).credentials : null
}

function shortId(id: Digest): string {
  return id.slice(id.indexOf(':') + 1).slice(0, 12)
}
