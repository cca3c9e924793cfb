import { request } from 'node:http'

export interface ApiAnswer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** One request to an Engine API socket, answered with any status: text is JSON, bytes are a tar. */
export function callApi(
  socketPath: string,
  method: string,
  path: string,
  body?: Buffer | string,
): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    const type = typeof body === 'string' ? 'application/json' : 'application/x-tar'
    const headers = body
      ? { 'content-type': type, 'content-length': String(Buffer.byteLength(body)) }
      : {}
    const req = request({ socketPath, path, method, headers, timeout: 60_000 }, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.on('error', reject)
      res.on('end', () => {
        const body = Buffer.concat(chunks).toString('utf8')
        resolve({ status: res.statusCode ?? 0, headers: res.headers, body })
      })
    })
    req.on('timeout', () => req.destroy(new Error(`${method} ${path}: no answer`)))
    req.on('error', reject)
    req.end(body)
  })
}

/** As `callApi`, but parsed, and rejecting on a status of 400 or more. */
export async function callJson(socketPath: string, method: string, path: string): Promise<unknown> {
  const answer = await callApi(socketPath, method, path)
  return parseAnswer(answer, `${method} ${path}`)
}

/** The JSON of an answer; throws on a status of 400 or more. */
export function parseAnswer(answer: ApiAnswer, what: string): unknown {
  if (answer.status >= 400) {
    throw new Error(`${what}: ${answer.status} ${answer.body.trim()}`)
  }
  return answer.body.trim() === '' ? null : JSON.parse(answer.body)
}
