/** Images from and to registries: pull (and import, which shares its path), push. */
import { LaminaError } from '@shared/errors'
import { familiarName, familiarReference, fullReference, type Reference } from '@shared/reference'
import { connectRegistry, type RegistryAccess } from '../../transfer/connect'
import { pullImage } from '../../transfer/pull'
import { pushImage } from '../../transfer/push'
import { ApiError, toAnswer, type ErrorAnswer } from '../http/errors'
import type { ApiRequest } from '../http/request'
import type { ApiResponse } from '../http/response'
import type { Route } from '../http/router'
import { imageLabels } from '../image-labels'
import { progressLine, PullLines } from '../progress-lines'
import { readPlatform } from '../platform'
import { readRegistryAuth } from '../registry-auth'
import type { Services } from '../services'
import { taggedIn } from '../tagged-in'
import { joinReference, needReference } from '../wording'
import { importImage } from './image-archives'

export function imageTransferRoutes(services: Services): Route[] {
  return [
    {
      method: 'POST',
      pattern: '/images/create',
      handler: async (request, response) => {
        if (request.text('fromImage') !== '') await pull(services, request, response)
        else await importImage(services, request, response)
      },
    },
    {
      method: 'POST',
      pattern: '/images/{name}/push',
      handler: (request, response) => push(services, request, response),
    },
    {
      method: 'POST',
      pattern: '/auth',
      handler: (request, response) => signIn(services, request, response),
    },
  ]
}

async function pull(services: Services, request: ApiRequest, response: ApiResponse): Promise<void> {
  const { store, events } = services
  const asked = joinReference(request.text('fromImage'), request.text('tag')) ?? ''
  const reference = needReference(asked)
  const access = accessOf(services, request)
  const isBare = request.text('tag') === '' && reference.digest === null && !hasTag(asked)
  const platform = readPlatform(request.text('platform'))

  const one = async (wanted: Reference) => {
    const lines = new PullLines(response, wanted)
    const result = await pullImage(store, wanted, {
      ...access,
      platform,
      signal: request.signal,
      onProgress: (item) => lines.item(item),
    })
    await lines.end(result.digest)
    const name = familiarReference(wanted)
    const { id } = store.images.resolve(fullReference(wanted))
    const attributes = { ...imageLabels(store, id), name: familiarName(wanted) }
    events.emit('image', 'pull', name, attributes)
    return result.upToDate
  }

  await inLines(request, response, async () => {
    let upToDate = true
    if (isBare) {
      const client = await connectRegistry(reference.domain, access, request.signal)
      const tags = await client.tags(reference.path, request.signal).finally(() => client.close())
      for (const tag of tags) if (!(await one({ ...reference, tag }))) upToDate = false
    } else {
      upToDate = await one(reference)
    }
    const name = isBare ? familiarName(reference) : familiarReference(reference)
    const what = upToDate ? 'Image is up to date for' : 'Downloaded newer image for'
    await response.line({ status: `Status: ${what} ${name}` })
  })
}

async function push(services: Services, request: ApiRequest, response: ApiResponse): Promise<void> {
  const { store, events } = services
  const repository = needReference(request.param('name'))
  if (repository.digest !== null) throw new ApiError(400, 'cannot push a digest reference')
  const access = accessOf(services, request)
  const tag = request.text('tag') || (hasTag(request.param('name')) ? repository.tag : null)
  const name = `${repository.domain}/${repository.path}`
  const references = tag === null ? taggedIn(store, repository) : [{ ...repository, tag }]

  await inLines(request, response, async () => {
    await response.line({ status: `The push refers to repository [${name}]` })
    if (taggedIn(store, repository).length === 0) {
      throw new ApiError(
        404,
        `An image does not exist locally with the tag: ${familiarName(repository)}`,
      )
    }
    const missing = references.find((one) => !isHere(services, one))
    if (missing) throw new ApiError(404, `tag does not exist: ${familiarReference(missing)}`)
    for (const reference of references) {
      const { digest, size } = await pushImage(store, reference, {
        ...access,
        signal: request.signal,
        onProgress: (item) => progressLine(response, item),
      })
      const Tag = reference.tag ?? ''
      await response.line({ status: `${Tag}: digest: ${digest} size: ${size}` })
      await response.line({ progressDetail: {}, aux: { Tag, Digest: digest, Size: size } })
      const { id } = store.images.resolve(fullReference(reference))
      const attributes = { ...imageLabels(store, id), name: familiarName(reference) }
      events.emit('image', 'push', familiarReference(reference), attributes)
    }
  })
}

/** POST /auth: tries the credentials at the registry. */
async function signIn(
  services: Services,
  request: ApiRequest,
  response: ApiResponse,
): Promise<void> {
  const { credentials, address } = readRegistryAuth(await request.body())
  const domain = address.replace(/^https?:\/\//, '').replace(/\/.*$/, '') || 'docker.io'
  const host = domain === 'index.docker.io' ? 'docker.io' : domain
  const access = { ...accessOf(services, request), credentials }
  const client = await connectRegistry(host, access, request.signal)
  try {
    await client.signIn(request.signal)
    response.json(200, { IdentityToken: '', Status: 'Login Succeeded' })
  } finally {
    await client.close()
  }
}

/** Runs work that writes lines: a failure before the first is a status, later it is a line. */
async function inLines(
  request: ApiRequest,
  response: ApiResponse,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
    response.end()
  } catch (error) {
    if (request.signal.aborted) return
    if (response.started) response.errorLine(error)
    else response.error(withoutPrompt(toAnswer(error)))
  }
}

/** As dockerd, which never says 401 here: the CLI would ask for a password and try again. */
function withoutPrompt(answer: ErrorAnswer): ErrorAnswer {
  return answer.status === 401 ? { ...answer, status: 500 } : answer
}

function accessOf({ insecureRegistries, registry }: Services, request: ApiRequest): RegistryAccess {
  const header = request.header('x-registry-auth')
  const text = header === '' ? '' : Buffer.from(header, 'base64url').toString('utf8')
  return {
    credentials: text === '' ? null : readRegistryAuth(text).credentials,
    insecure: (host) => isInsecure(insecureRegistries, host),
    local: registry,
  }
}

/** An entry without a port stands for every port of its host. */
export function isInsecure(hosts: ReadonlySet<string>, host: string): boolean {
  return hosts.has(host) || hosts.has(host.replace(/:\d+$/, ''))
}

function isHere({ store }: Services, reference: Reference): boolean {
  try {
    store.images.resolve(fullReference(reference))
    return true
  } catch (error) {
    if (error instanceof LaminaError && error.code === 'not_found') return false
    throw error
  }
}

function hasTag(name: string): boolean {
  return /:[^/]*$/.test(name)
}
