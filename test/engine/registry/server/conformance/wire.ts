/** Requests as they are, with node:http and no client of ours; a redirect is an answer like another. */
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

export interface WireRequest {
  headers?: Record<string, string>
  body?: Buffer | string
  /** `user:password` */
  login?: string
  ca?: Buffer
}

export interface WireAnswer {
  status: number
  headers: Record<string, string | undefined>
  body: Buffer
}

/** @param target a path, or what a `Location` said */
export function send(
  base: string,
  method: string,
  target: string,
  { headers = {}, body, login, ca }: WireRequest = {},
): Promise<WireAnswer> {
  const { protocol, hostname, port } = new URL(target, base)
  // Written as it is: URL would tidy up what a hostile client sends.
  const path = target.startsWith('/') ? target : target.slice(new URL(target).origin.length)
  const basic = login ? { authorization: `Basic ${Buffer.from(login).toString('base64')}` } : {}
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  return new Promise((resolve, reject) => {
    const options = {
      ...{ hostname: hostname.replace(/^\[|\]$/g, ''), port, path, method, agent: false as const },
      ...{ headers: { ...length, ...basic, ...headers }, timeout: 60_000, ca },
    }
    const req = (protocol === 'https:' ? httpsRequest : httpRequest)(options, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.on('error', reject)
      res.on('end', () =>
        resolve({
          status: res.statusCode ?? 0,
          headers: Object.fromEntries(
            Object.entries(res.headers).map(([name, value]) => [name, value?.toString()]),
          ),
          body: Buffer.concat(chunks),
        }),
      )
    })
    req.on('timeout', () => req.destroy(new Error(`${method} ${target}: no answer`)))
    req.on('error', reject)
    req.end(body)
  })
}
