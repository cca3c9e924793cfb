/**
 * Long transfers and their progress lines: pull, push, load, import, save. Each ends well only when
 * the engine said so; a stream that breaks off is `engine_lost`.
 */
import type { Readable } from 'node:stream'
import { LaminaError } from '@shared/errors'
import { familiarName, familiarReference, type Reference } from '@shared/reference'
import type { DockerClient, DockerRequest, RegistryAuth } from './client'
import { messageError, type ErrorContext } from './errors'
import { jsonLines, lineError, progressLineSchema, type ProgressLine } from './progress'

export type OnLine = (line: ProgressLine) => void

/** How a registry is reached, for one transfer. */
export interface RegistryAccess {
  auth: RegistryAuth
  /** Over http, or whatever its certificate: Podman takes this with the request, Docker does not. */
  insecure: boolean
}

/** POST /images/create?fromImage=: pulls, and returns the digest that the engine names. */
export async function pullImage(
  client: DockerClient,
  reference: Reference,
  { auth, insecure }: RegistryAccess,
  signal: AbortSignal,
  onLine: OnLine,
): Promise<{ digest: string | null }> {
  const query = {
    fromImage: familiarName(reference),
    tag: reference.digest ?? reference.tag ?? 'latest',
    tlsVerify: insecure ? false : undefined,
  }
  const about = aboutRegistry(reference)
  const request = { method: 'POST', path: '/images/create', query, auth, signal, about } as const
  const digest = await followFor(
    client,
    request,
    onLine,
    ({ status }) => /^Digest: (\S+)/.exec(status ?? '')?.[1],
  )
  return { digest }
}

/** POST /images/{name}/push?tag=: pushes, and returns the digest of the manifest. */
export async function pushImage(
  client: DockerClient,
  reference: Reference & { tag: string },
  { auth, insecure }: RegistryAccess,
  signal: AbortSignal,
  onLine: OnLine,
): Promise<{ digest: string | null }> {
  const path = `/images/${familiarName(reference)}/push`
  const query = { tag: reference.tag, tlsVerify: insecure ? false : undefined }
  const about = aboutRegistry(reference)
  const request = { method: 'POST', path, query, auth, signal, about } as const
  const digest = await followFor(client, request, onLine, ({ aux, status }) =>
    typeof aux?.Digest === 'string'
      ? aux.Digest
      : /digest: (sha256:[0-9a-f]{64})/.exec(status ?? '')?.[1],
  )
  return { digest }
}

/** POST /images/load: the names (or ids) that the engine loaded. */
export async function loadArchive(
  client: DockerClient,
  file: Readable,
  archive: string,
  rootDir: string | null,
  signal: AbortSignal,
  onLine: OnLine,
  onLoaded: (reference: string) => void,
): Promise<void> {
  await follow(
    client,
    {
      method: 'POST',
      path: '/images/load',
      query: { quiet: 0 },
      file,
      signal,
      about: { archive, rootDir },
    },
    (line) => {
      const loaded = /^Loaded image(?: ID)?: (\S+)/.exec(line.stream ?? '')?.[1]
      if (loaded !== undefined) onLoaded(loaded)
      onLine(line)
    },
  )
}

/** POST /images/create?fromSrc=-: makes an image of one layer from a root file system; its id. */
export function importArchive(
  client: DockerClient,
  file: Readable,
  options: { reference: Reference & { tag: string }; message: string; archive: string },
  rootDir: string | null,
  signal: AbortSignal,
  onLine: OnLine,
): Promise<string> {
  const { message, archive } = options
  // As one word, as the CLI sends it: Podman does not read `tag` here.
  const repo = familiarReference(options.reference)
  const query = { fromSrc: '-', repo, message: message === '' ? undefined : message }
  return followImport(client, { query, file, signal, about: { archive, rootDir } }, onLine)
}

/**
 * POST /images/create?fromSrc=URL: the same from an address that the engine fetches; its id. It gets no
 * name: a daemon goes on when its client has gone away, and a name would appear after a cancel.
 */
export function importUrl(
  client: DockerClient,
  options: { url: string; message: string },
  rootDir: string | null,
  signal: AbortSignal,
  onLine: OnLine,
): Promise<string> {
  const { url, message } = options
  const query = { fromSrc: url, message: message === '' ? undefined : message }
  return followImport(client, { query, signal, about: { archive: url, url, rootDir } }, onLine)
}

async function followImport(
  client: DockerClient,
  request: Omit<DockerRequest, 'path'> & { signal: AbortSignal },
  onLine: OnLine,
): Promise<string> {
  const create = { ...request, method: 'POST', path: '/images/create' } as const
  const id = await followFor(
    client,
    create,
    onLine,
    ({ status }) => /^sha256:[0-9a-f]{64}$/.exec(status ?? '')?.[0],
  )
  if (id === null) throw new LaminaError('engine_lost')
  return id
}

/** GET /images/get?names=…: the archive as it comes; whoever reads it explains what it throws. */
export function saveImages(
  client: DockerClient,
  references: string[],
  signal: AbortSignal,
): Promise<Readable> {
  return client.stream({
    path: '/images/get',
    query: { names: references },
    signal,
    about: { name: references.join(', ') },
  })
}

/** As `follow`; what `find` found last in a line, or null. */
async function followFor(
  client: DockerClient,
  request: DockerRequest & { signal: AbortSignal },
  onLine: OnLine,
  find: (line: ProgressLine) => string | undefined,
): Promise<string | null> {
  let found: string | null = null
  await follow(client, request, (line) => {
    found = find(line) ?? found
    onLine(line)
  })
  return found
}

/** Reads a progress stream to its end and throws the error that it carries. */
export async function follow(
  client: DockerClient,
  request: DockerRequest & { signal: AbortSignal },
  onLine: OnLine,
): Promise<void> {
  try {
    await read(client, request, onLine)
  } catch (thrown) {
    throw expired(thrown, request.auth)
  }
}

async function read(
  client: DockerClient,
  request: DockerRequest & { signal: AbortSignal },
  onLine: OnLine,
): Promise<void> {
  const response = await client.stream(request)
  let failure: LaminaError | null = null
  try {
    for await (const line of jsonLines(response, progressLineSchema)) {
      failure = failureOf(line, client.context(request)) ?? failure
      onLine(line)
    }
  } catch (thrown) {
    if (failure === null) throw client.explain(thrown, request)
  }
  if (request.signal.aborted) throw new LaminaError('cancelled')
  if (failure !== null) throw failure
}

/** Docker says of a refused identity token what it says of a wrong password. */
function expired(thrown: unknown, auth: RegistryAuth | undefined): unknown {
  if (!auth?.identitytoken || !(thrown instanceof LaminaError)) return thrown
  if (thrown.code !== 'registry_unauthorized') return thrown
  const { address = '' } = thrown.params
  return new LaminaError('registry_login_expired', { address }, { cause: thrown.cause })
}

/** An error line by its code where that says more than Docker's sentence; else by the sentence. */
export function failureOf(line: ProgressLine, context: ErrorContext): LaminaError | null {
  const message = lineError(line)
  if (message === null) return null
  const { appError } = line
  if (!appError || appError.code === 'internal') return messageError(message, context)
  const { code, params, cause } = appError
  // The engine reads a stream: only here is it known which file that is.
  const named = code.startsWith('archive_') && context.archive !== undefined
  const known = named ? { ...params, name: context.archive ?? '' } : params
  return new LaminaError(code, known, { cause: cause ?? message })
}

function aboutRegistry(reference: Reference) {
  return {
    name: familiarReference(reference),
    registry: reference.domain,
    repository: reference.path,
  }
}
