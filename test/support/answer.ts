import type { ClientRequest, IncomingHttpHeaders } from 'node:http'

export interface TextAnswer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** Sends a request and reads its answer, whatever the status. @param what for the error of a timeout */
export function answerTo(
  sent: ClientRequest,
  what: string,
  body?: Buffer | string,
): Promise<TextAnswer> {
  return new Promise((resolve, reject) => {
    sent.on('response', (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('error', reject)
      answer.on('end', () => {
        const body = Buffer.concat(parts).toString('utf8')
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body })
      })
    })
    sent.on('timeout', () => sent.destroy(new Error(`${what}: no answer`)))
    sent.on('error', reject)
    sent.end(body)
  })
}
