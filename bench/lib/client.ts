/** The client of both sides: plain HTTP on a unix socket from this process, one kept connection. */
import { once } from 'node:events'
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http'
import { finished } from 'node:stream/promises'

export interface Body {
  stream: AsyncIterable<Buffer>
  /** Bytes. */
  length: number
  type?: string
}

export class Client {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 })

  constructor(readonly socketPath: string) {}

  /** The whole answer as text. @throws on a status of 400 or more */
  async text(
    method: string,
    path: string,
    body?: object | Body,
    headers?: Record<string, string>,
  ): Promise<string> {
    const parts: Buffer[] = []
    const answer = await this.send(method, path, body, headers)
    for await (const part of answer) parts.push(part as Buffer)
    return Buffer.concat(parts).toString('utf8')
  }

  async json<T>(method: string, path: string, body?: object | Body): Promise<T> {
    return JSON.parse(await this.text(method, path, body)) as T
  }

  /** Reads the answer to its end and throws it away; how many bytes it had. */
  async drain(method: string, path: string): Promise<number> {
    let bytes = 0
    const answer = await this.send(method, path)
    answer.on('data', (part: Buffer) => (bytes += part.length))
    await finished(answer)
    return bytes
  }

  close(): void {
    this.agent.destroy()
  }

  private async send(
    method: string,
    path: string,
    body?: object | Body,
    headers: Record<string, string> = {},
  ): Promise<IncomingMessage> {
    const given = body === undefined ? null : 'stream' in body ? body : jsonBody(body)
    const sent = request({
      ...{ socketPath: this.socketPath, agent: this.agent, method, path },
      headers: {
        ...headers,
        ...(given && {
          'Content-Type': given.type ?? 'application/x-tar',
          'Content-Length': given.length,
        }),
      },
    })
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>
    answered.catch(() => undefined)
    for await (const chunk of given?.stream ?? []) {
      if (sent.destroyed) break
      if (!sent.write(chunk)) await drained(sent)
    }
    sent.end()
    const [answer] = await answered
    if ((answer.statusCode ?? 500) < 400) return answer
    const parts: Buffer[] = []
    for await (const part of answer) parts.push(part as Buffer)
    throw new Error(`${method} ${path}: ${answer.statusCode} ${Buffer.concat(parts).toString()}`)
  }
}

/** Until there is room again, or nobody to read. */
function drained(sent: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      sent.off('drain', done).off('close', done)
      resolve()
    }
    sent.on('drain', done).on('close', done)
  })
}

function jsonBody(value: object): Body {
  const bytes = Buffer.from(JSON.stringify(value))
  const stream = (async function* () {
    yield bytes
  })()
  return { stream, length: bytes.length, type: 'application/json' }
}
