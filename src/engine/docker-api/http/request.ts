/** One request, as the routes see it. */
import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { gathered } from '../../blob/gathered'
import { ApiError } from './errors'

/** Longest JSON body that is read; the largest real one, a container's configuration, is some KiB. */
const MAX_JSON = 8 * 1024 * 1024

export class ApiRequest {
  constructor(
    readonly raw: IncomingMessage,
    /** What the route's pattern named: `{name}` of `/images/{name}/json`. */
    readonly params: Record<string, string>,
    readonly query: URLSearchParams,
    /** Minor number of the API version in the path (41 for `/v1.41/`), or the engine's own. */
    readonly version: number,
    /** Aborts when the client goes away. */
    readonly signal: AbortSignal,
  ) {}

  /** A named part of the path; the pattern guarantees that it is there. */
  param(name: string): string {
    return this.params[name] ?? ''
  }

  /** A query value, or the empty string. */
  text(name: string): string {
    return this.query.get(name) ?? ''
  }

  /** A query value read as dockerd reads booleans: everything but "", 0, no, false, none is true. */
  flag(name: string): boolean {
    const value = this.text(name).trim().toLowerCase()
    return !['', '0', 'no', 'false', 'none'].includes(value)
  }

  /** A query value as an integer. @throws ApiError 400 when it is none. */
  integer(name: string, otherwise: number): number {
    const value = this.text(name)
    if (value === '') return otherwise
    if (!/^-?\d{1,15}$/.test(value)) {
      throw new ApiError(400, `strconv.Atoi: parsing ${JSON.stringify(value)}: invalid syntax`)
    }
    return Number(value)
  }

  header(name: string): string {
    const value = this.raw.headers[name.toLowerCase()]
    return (Array.isArray(value) ? value[0] : value) ?? ''
  }

  /** The body as it comes, in pieces of some size. `reuse`: as BlobStore.open. */
  bytes(options: { reuse?: boolean } = {}): AsyncGenerator<Buffer> {
    return gathered(this.raw, options)
  }

  /** The whole body as text. @throws ApiError 400 when it is longer than any real one. */
  async body(): Promise<string> {
    const parts: Buffer[] = []
    let length = 0
    for await (const part of this.raw as AsyncIterable<Buffer>) {
      length += part.length
      if (length > MAX_JSON) throw new ApiError(400, 'request body too large')
      parts.push(part)
    }
    return Buffer.concat(parts).toString('utf8')
  }

  /** The body as JSON of the given shape; an empty body is `{}`. @throws ApiError 400. */
  async json<S extends z.ZodType>(schema: S): Promise<z.output<S>> {
    const text = await this.body()
    return parseAs(schema, text.trim() === '' ? '{}' : text)
  }
}

/** JSON text checked against a schema. @throws ApiError 400 naming the first field that is wrong. */
export function parseAs<S extends z.ZodType>(schema: S, text: string): z.output<S> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new ApiError(400, `invalid JSON: ${(cause as Error).message}`)
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new ApiError(400, `invalid JSON: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
}
