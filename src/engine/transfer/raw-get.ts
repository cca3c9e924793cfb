/**
 * A long answer of a daemon on its socket, read into one buffer again and again. Through node:http
 * each 64 KiB are allocated twice, and V8 collects its garbage for a third of the time that a push
 * takes. Asked with HTTP/1.0, the body ends with the connection and comes without chunks of its own.
 */
import { connect, type Socket } from 'node:net'
import type { ByteStream } from '../blob/blob-store'

const SIZE = 512 * 1024
/** Longest head, and longest body of an error, that is looked at. */
const MAX_HEAD = 64 * 1024

/** An answer with another status than 200, as docker-modem reports it. */
export class RawFailure extends Error {
  readonly json: unknown

  constructor(
    readonly statusCode: number,
    body: string,
  ) {
    super(`HTTP ${statusCode}: ${body.slice(0, 200)}`)
    this.json = parse(body)
  }
}

/**
 * GETs a path. Each chunk of the body is valid until the next one is asked for. Whether the body is
 * whole has to be seen from itself. Throws RawFailure, and what the socket throws.
 */
export async function rawGet(
  socketPath: string,
  path: string,
  signal?: AbortSignal,
): Promise<ByteStream> {
  const reader = new Reader(socketPath, signal)
  try {
    reader.socket.write(`GET ${path} HTTP/1.0\r\nHost: docker\r\n\r\n`)
    const { status, rest } = await readHead(reader)
    if (status === 200) return bodyOf(reader, rest)
    throw new RawFailure(status, await readText(reader, rest))
  } catch (error) {
    reader.close()
    throw error
  }
}

/** A socket that is read from when somebody asks. */
class Reader {
  readonly socket: Socket
  readonly #buffer = Buffer.allocUnsafeSlow(SIZE)
  readonly #onAbort: () => void
  #filled = 0
  /** The buffer is with the one who asked. */
  #lent = false
  #over = false
  #failure: Error | null = null
  #wake = () => {}

  constructor(
    path: string,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.#onAbort = () => this.socket.destroy(new Error('aborted'))
    this.socket = connect({
      path,
      onread: {
        buffer: this.#buffer,
        callback: (count) => {
          this.#filled = count
          this.#wake()
          return false // until the next is asked for
        },
      },
    })
    this.socket.once('error', (error) => (this.#failure = error))
    const end = () => {
      this.#over = true
      this.#wake()
    }
    this.socket.once('end', end).once('close', end)
    if (signal?.aborted) this.#onAbort()
    signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** Null at the end. The bytes are valid until the next call. */
  async next(): Promise<Buffer | null> {
    if (this.#lent) {
      this.#lent = false
      this.socket.resume()
    }
    while (this.#filled === 0 && !this.#over) {
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    if (this.#failure) throw this.#failure
    if (this.#filled === 0) return null
    const bytes = this.#buffer.subarray(0, this.#filled)
    this.#filled = 0
    this.#lent = true
    return bytes
  }

  close(): void {
    this.signal?.removeEventListener('abort', this.#onAbort)
    this.socket.destroy()
  }
}

async function* bodyOf(reader: Reader, rest: Buffer): ByteStream {
  try {
    if (rest.length > 0) yield rest
    for (let bytes = await reader.next(); bytes; bytes = await reader.next()) yield bytes
  } finally {
    reader.close()
  }
}

/** The status, and what came behind the head. */
async function readHead(reader: Reader): Promise<{ status: number; rest: Buffer }> {
  let head = Buffer.alloc(0)
  for (;;) {
    const bytes = await reader.next()
    if (!bytes || head.length > MAX_HEAD) throw new Error('an answer that is no HTTP')
    head = Buffer.concat([head, bytes])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) continue
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head.toString('latin1', 0, end))?.[1])
    return { status, rest: head.subarray(end + 4) }
  }
}

async function readText(reader: Reader, rest: Buffer): Promise<string> {
  let text = rest.toString('utf8')
  while (text.length < MAX_HEAD) {
    const bytes = await reader.next()
    if (!bytes) break
    text += bytes.toString('utf8')
  }
  return text
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
