import { afterEach, beforeEach, expect, it } from 'vitest'
import { createServer, request, type Server } from 'node:http'
import { join } from 'node:path'
import { ApiError, toAnswer } from '../../../../src/engine/docker-api/http/errors'
import { ApiResponse } from '../../../../src/engine/docker-api/http/response'
import { failureOf } from '../../../../src/main/docker/transfers'
import {
  jsonLines,
  progressLineSchema,
  type ProgressLine,
} from '../../../../src/main/docker/progress'
import { LaminaError } from '../../../../src/shared/errors'
import { tempDir, type TempDir } from '../../../support/temp'

let dir: TempDir
let server: Server
let thrown: unknown

beforeEach(async () => {
  dir = await tempDir('line')
  server = createServer((_req, res) => new ApiResponse(res).errorLine(thrown))
  await new Promise<void>((resolve) => server.listen(join(dir.path, 's'), resolve))
})

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve))
  await dir.remove()
})

/** The error line for what is thrown, as Lamina's main process reads it. */
async function lineOf(error: unknown): Promise<ProgressLine> {
  thrown = error
  const lines: ProgressLine[] = []
  await new Promise<void>((resolve, reject) => {
    const sent = request({ socketPath: join(dir.path, 's'), agent: false }, (answer) => {
      const read = async () => {
        for await (const line of jsonLines(answer, progressLineSchema)) lines.push(line)
      }
      read().then(resolve, reject)
    })
    sent.on('error', reject)
    sent.end()
  })
  expect(lines).toHaveLength(1)
  return lines[0] as ProgressLine
}

const CONTEXT = { address: 'unix:///x', registry: 'reg.lab', archive: 'x.tar' }

it('an error keeps its code on its way through a stream of lines', async () => {
  const params = { address: 'reg.lab', message: 'slow down' }
  const line = await lineOf(new LaminaError('registry_rate_limited', params))
  expect(line.errorDetail?.message).toContain('slow down')
  expect(line.error).toBe(line.errorDetail?.message)
  expect(failureOf(line, CONTEXT)).toMatchObject({ code: 'registry_rate_limited', params })
})

it('an archive is called by its file', async () => {
  const params = { name: 'from the client', reason: 'cut short' }
  const line = await lineOf(new LaminaError('archive_corrupted', params))
  const failure = failureOf(line, CONTEXT)
  expect(failure).toMatchObject({ code: 'archive_corrupted', params: { name: 'x.tar' } })
})

it('what has no code is told by its sentence', async () => {
  const refused = await lineOf(new ApiError(404, 'manifest unknown'))
  expect(refused.appError).toBeUndefined()
  expect(failureOf(refused, CONTEXT)?.code).toBe('manifest_unknown')
  const unforeseen = await lineOf(new Error('x509: unknown authority'))
  expect(failureOf(unforeseen, CONTEXT)?.code).toBe('registry_certificate')
})

it('a code that is none of ours, or none at all, does no harm', () => {
  for (const appError of [{ code: 'nonsense', params: {}, cause: null }, 'text', 5, null]) {
    const line = progressLineSchema.parse({ error: 'no space left on device', appError })
    expect(failureOf(line, CONTEXT)?.code).toBe('disk_full')
  }
})

it.each([
  ['registry_login_required', 401],
  ['registry_login_expired', 401],
  ['registry_unauthorized', 401],
  ['registry_denied', 403],
  ['registry_rate_limited', 429],
  ['name_in_use', 409],
] as const)('%s is status %i', (code, status) => {
  expect(toAnswer(new LaminaError(code, {})).status).toBe(status)
})
