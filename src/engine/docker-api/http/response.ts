/** One answer: JSON, nothing, a stream of bytes, or lines of JSON while work goes on. */
import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { toAnswer, type ErrorAnswer } from './errors'

/** JSON with the newline that Go's encoder ends it with. */
export function jsonBody(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`)
}

/** The same of what is JSON already, in parts. */
export function partsBody(...json: Buffer[]): Buffer {
  return Buffer.concat([...json, NEWLINE])
}

const NEWLINE = Buffer.from('\n')

export class ApiResponse {
  constructor(readonly raw: ServerResponse) {}

  get started(): boolean {
    return this.raw.headersSent
  }

  json(status: number, value: unknown): void {
    this.jsonBody(status, jsonBody(value))
  }

  /** A body of `jsonBody` or `partsBody`. */
  jsonBody(status: number, body: Buffer): void {
    this.raw.writeHead(status, {
      'Content-Type': 'application/json',
      'Content-Length': body.length,
    })
    this.raw.end(body)
  }

  /** A status without a body. */
  empty(status: number): void {
    this.raw.writeHead(status)
    this.raw.end()
  }

  /** Pumps a stream of bytes; a reader that goes away ends the source too. */
  async stream(contentType: string, source: AsyncIterable<Buffer>): Promise<void> {
    this.raw.writeHead(200, { 'Content-Type': contentType })
    this.raw.flushHeaders()
    await pipeline(source, this.raw)
  }

  error({ status, message, error }: ErrorAnswer): void {
    this.json(status, error === undefined ? { message } : { message, error })
  }

  /** Sends the headers of a stream of JSON lines now, before there is a first line. */
  beginLines(): void {
    if (this.started) return
    this.raw.writeHead(200, { 'Content-Type': 'application/json' })
    this.raw.flushHeaders()
  }

  /** One line, ended as Docker ends it. Waits while the client reads slower than we write. */
  async line(value: unknown): Promise<void> {
    if (this.raw.destroyed) return
    this.beginLines()
    if (this.raw.write(`${JSON.stringify(value)}\r\n`) || this.raw.destroyed) return
    await new Promise<void>((resolve) => {
      for (const event of ['drain', 'close']) this.raw.once(event, resolve)
    })
  }

  /** A line that may be left out: progress counts, when the client does not keep up. */
  hint(value: unknown): void {
    if (this.raw.destroyed) return
    this.beginLines()
    if (!this.raw.writableNeedDrain) this.raw.write(`${JSON.stringify(value)}\r\n`)
  }

  /** Docker's error inside a stream that began with 200; `appError` is for Lamina's own client. */
  errorLine(thrown: unknown): void {
    const { message, error: appError } = toAnswer(thrown)
    const line = { errorDetail: { message }, error: message, appError }
    this.raw.end(`${JSON.stringify(line)}\r\n`)
  }

  end(): void {
    this.raw.end()
  }
}
