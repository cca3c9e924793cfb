import { request } from 'node:http'

import { answerTo, type TextAnswer } from '../../../support/answer'

export type ApiAnswer = TextAnswer

/** One request to an Engine API socket, answered with any status: text is JSON, bytes are a tar. */
export function callApi(
  socketPath: string,
  method: string,
  path: string,
  body?: Buffer | string,
): Promise<ApiAnswer> {
  const type = typeof body === 'string' ? 'application/json' : 'application/x-tar'
  const headers = body
    ? { 'content-type': type, 'content-length': String(Buffer.byteLength(body)) }
    : {}
  const sent = request({ socketPath, path, method, headers, timeout: 60_000 })
  return answerTo(sent, `${method} ${path}`, body)
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
