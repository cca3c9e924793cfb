import { request } from 'node:http'
import { Readable } from 'node:stream'

/** Bytes at once, or in pieces as they are made. */
export type Body = Buffer | AsyncIterable<Buffer>

export interface Answer {
  status: number
  text: string
  bytes: Buffer
  /** Whether it is a refusal: by its status, or by a line of a stream. */
  failed: boolean
}

/**
 * One request to an Engine API socket, answered with any status. The answer may come before the body
 * has been sent. A Buffer that begins with "{" is JSON, other bodies are tars.
 */
export function send(
  socketPath: string,
  method: string,
  path: string,
  body?: Body,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const isJson = Buffer.isBuffer(body) && body[0] === 0x7b
    const headers = { 'content-type': isJson ? 'application/json' : 'application/x-tar' }
    let answered = false
    const sent = request({ socketPath, method, path, headers, agent: false }, (answer) => {
      answered = true
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('error', reject)
      answer.on('end', () => {
        sent.destroy()
        const bytes = Buffer.concat(parts)
        const status = answer.statusCode ?? 0
        const text = bytes.toString('utf8')
        const failed = status >= 400 || text.includes('"errorDetail"')
        resolve({ status, text, bytes, failed })
      })
    })
    // An engine that refuses does not read the rest.
    sent.on('error', (error) => {
      if (!answered) reject(error)
    })
    if (body === undefined || Buffer.isBuffer(body)) sent.end(body)
    else Readable.from(body).on('error', reject).pipe(sent)
  })
}

/** As `send`, but rejects with what the engine said when it refuses. */
export async function sendOk(
  socketPath: string,
  method: string,
  path: string,
  body?: Body,
): Promise<Answer> {
  const answer = await send(socketPath, method, path, body)
  if (answer.failed) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
  return answer
}
