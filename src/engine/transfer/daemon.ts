/** A Docker (or Podman) daemon as a place that images and containers are read from. */
import { Readable } from 'node:stream'
import { z } from 'zod'
import { LaminaError } from '@shared/errors'
import type { DaemonAddress } from '@shared/lamina-api'
import type { ByteStream } from '../blob/blob-store'
import type { Digest } from '../oci/digest'
import { digestSchema } from '../oci/manifest'
import { rawGet } from './raw-get'

const imageSchema = z.object({
  Id: digestSchema,
  Size: z.number().optional(),
  RootFS: z.object({ Layers: z.array(digestSchema).nullish() }).nullish(),
  RepoDigests: z.array(z.string()).nullish(),
})

/** GET /images/{name}/history, newest first: bytes of each step. */
const historySchema = z.array(z.object({ Size: z.number() }))

/** One line of the answer to POST /images/load. */
const loadLineSchema = z.object({ error: z.string().optional() })

const containerSchema = z.object({ Id: z.string(), State: z.object({ Status: z.string() }) })

/** GET /containers/{id}/changes: 0 changed, 1 added, 2 deleted; null where nothing changed. */
const changesSchema = z
  .array(z.object({ Path: z.string(), Kind: z.union([z.literal(0), z.literal(1), z.literal(2)]) }))
  .nullable()

export interface DaemonImage {
  id: Digest
  size: number
  diffIds: Digest[]
  /** `name@digest`: where it was pulled from and pushed to. */
  repoDigests: string[]
}

export type DaemonChange = 'changed' | 'added' | 'deleted'

const CHANGES: readonly DaemonChange[] = ['changed', 'added', 'deleted']

interface Dialled {
  path: string
  method: 'GET' | 'POST'
  isStream: boolean
  file?: Readable
  statusCodes: Record<number, boolean | string>
  abortSignal?: AbortSignal
}

/** The part of docker-modem that is used here. */
interface Modem {
  dial(options: Dialled, done: (error: unknown, data: unknown) => void): void
}

export class Daemon {
  private modem: Promise<Modem> | null = null
  /** How messages name it. */
  readonly address: string

  constructor(private readonly where: DaemonAddress) {
    this.address = where.socketPath
      ? `unix://${where.socketPath}`
      : `${where.protocol ?? 'tcp'}://${where.host ?? 'localhost'}:${where.port ?? 2375}`
  }

  /** An image's id, its size in bytes and the diffIDs of its layers, base first. Throws `not_found`. */
  async image(name: string, signal?: AbortSignal): Promise<DaemonImage> {
    const path = `/images/${encodePath(name)}/json`
    const { Id, Size, RootFS, RepoDigests } = this.parse(
      imageSchema,
      await this.get(path, name, signal),
    )
    return {
      id: Id,
      size: Size ?? 0,
      diffIds: RootFS?.Layers ?? [],
      repoDigests: RepoDigests ?? [],
    }
  }

  /**
   * Bytes of an image's layers, base first, as `docker history` shows them; null where its steps
   * cannot be told from its layers.
   */
  async layerSizes(name: string, layers: number, signal?: AbortSignal): Promise<number[] | null> {
    const path = `/images/${encodePath(name)}/history`
    const steps = this.parse(historySchema, await this.get(path, name, signal))
    const sizes = steps.map(({ Size }) => Size).reverse()
    const full = sizes.filter((size) => size > 0)
    return sizes.length === layers ? sizes : full.length === layers ? full : null
  }

  /** `docker load`. Throws `engine_refused` with what the daemon says against the archive. */
  async load(archive: ByteStream, signal?: AbortSignal): Promise<void> {
    const file = Readable.from(archive, { objectMode: false, highWaterMark: 1024 * 1024 })
    let failure: unknown
    file.once('error', (error) => (failure = error))
    try {
      const answer = (await this.dial(
        '/images/load?quiet=1',
        true,
        'load',
        signal,
        file,
      )) as Readable
      const parts: Buffer[] = []
      for await (const part of this.guard(answer, signal)) parts.push(part)
      for (const line of Buffer.concat(parts).toString('utf8').split('\n').filter(Boolean)) {
        const { error } = this.parse(loadLineSchema, JSON.parse(line))
        if (error !== undefined) throw new LaminaError('engine_refused', { message: error })
      }
    } catch (error) {
      throw failure ?? error // what went wrong with the archive is why the daemon stopped
    } finally {
      file.destroy()
    }
  }

  /** `docker save` of one image. */
  save(name: string, signal?: AbortSignal): Promise<ByteStream> {
    return this.stream(`/images/${encodePath(name)}/get`, name, signal)
  }

  /**
   * As `save`, for a reader that is done with each chunk when it asks for the next: where the daemon
   * has a socket, all of them are in the same memory, and whether it is whole is the tar's to say.
   */
  async saveInPlace(name: string, signal?: AbortSignal): Promise<ByteStream> {
    const { socketPath } = this.where
    if (!socketPath) return this.save(name, signal)
    try {
      const path = `/images/${encodePath(name)}/get`
      return this.guard(await rawGet(socketPath, path, signal), signal)
    } catch (error) {
      throw this.failure(error, name, signal)
    }
  }

  /** The full id of a container. Throws `not_found`. */
  async container(name: string, signal?: AbortSignal): Promise<{ id: string; state: string }> {
    const path = `/containers/${encodePath(name)}/json`
    const { Id, State } = this.parse(containerSchema, await this.get(path, name, signal))
    return { id: Id, state: State.Status }
  }

  /** `docker diff`: paths with a leading slash. */
  async changes(
    name: string,
    signal?: AbortSignal,
  ): Promise<{ path: string; change: DaemonChange }[]> {
    const path = `/containers/${encodePath(name)}/changes`
    const changes = this.parse(changesSchema, await this.get(path, name, signal))
    return (changes ?? []).map(({ Path, Kind }) => ({
      path: Path,
      change: CHANGES[Kind] as DaemonChange,
    }))
  }

  /** `docker export`: the merged root file system as a tar, without what is mounted into it. */
  export(name: string, signal?: AbortSignal): Promise<ByteStream> {
    return this.stream(`/containers/${encodePath(name)}/export`, name, signal)
  }

  private async get(path: string, name: string, signal: AbortSignal | undefined): Promise<unknown> {
    const data = await this.dial(path, false, name, signal)
    // docker-modem hands on the bytes where the JSON is `null`.
    return Buffer.isBuffer(data) && data.toString().trim() === 'null' ? null : data
  }

  private async stream(
    path: string,
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<ByteStream> {
    const stream = (await this.dial(path, true, name, signal)) as Readable
    return this.guard(stream, signal)
  }

  /** Turns a stream's own errors into codes, and closes it when its reader leaves. */
  private async *guard(stream: Readable | ByteStream, signal: AbortSignal | undefined): ByteStream {
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) yield chunk
    } catch (cause) {
      if (cause instanceof LaminaError) throw cause
      if (signal?.aborted) throw new LaminaError('cancelled', {}, { cause })
      throw new LaminaError('engine_lost', {}, { cause })
    } finally {
      if (stream instanceof Readable) stream.destroy()
    }
  }

  private async dial(
    path: string,
    isStream: boolean,
    name: string,
    signal: AbortSignal | undefined,
    file?: Readable,
  ): Promise<unknown> {
    const method = file ? 'POST' : 'GET'
    const options: Dialled = { path, method, isStream, statusCodes: { 200: true } }
    if (file) options.file = file
    if (signal) options.abortSignal = signal
    this.modem ??= connect(this.where)
    const modem = await this.modem
    return new Promise((resolve, reject) => {
      modem.dial(options, (error, data) => {
        if (error) reject(this.failure(error, name, signal))
        else resolve(data)
      })
    })
  }

  private failure(error: unknown, name: string, signal: AbortSignal | undefined): LaminaError {
    const { address } = this
    const options = { cause: error }
    if (signal?.aborted) return new LaminaError('cancelled', {}, options)
    const { code, statusCode, reason, json } = failureSchema.parse(error)
    if (statusCode === 404) return new LaminaError('not_found', { name }, options)
    if (statusCode !== undefined) {
      const message = json?.message ?? reason ?? `HTTP ${statusCode}`
      return new LaminaError('engine_refused', { message }, options)
    }
    if (code === 'EACCES' || code === 'EPERM') {
      return new LaminaError('engine_permission', { address }, options)
    }
    if (code === 'ECONNRESET' || code === 'EPIPE')
      return new LaminaError('engine_lost', {}, options)
    return new LaminaError('engine_unreachable', { address }, options)
  }

  private parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
    const result = schema.safeParse(value)
    if (result.success) return result.data
    const message = `an answer that is not the API's (${result.error.issues[0]?.message ?? ''})`
    throw new LaminaError('engine_refused', { message })
  }
}

/** dockerode is loaded when the first daemon is met: it takes 23 MB. */
async function connect(address: DaemonAddress): Promise<Modem> {
  const { default: Docker } = await import('dockerode')
  return new Docker(address).modem as Modem
}

/** What docker-modem hangs on its errors, as far as it is there. */
const failureSchema = z.object({
  code: z.string().optional().catch(undefined),
  statusCode: z.number().optional().catch(undefined),
  reason: z.string().optional().catch(undefined),
  json: z.object({ message: z.string() }).optional().catch(undefined),
})

/** A name in a path: its slashes stay. */
function encodePath(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/')
}
