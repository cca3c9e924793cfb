import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { Daemon } from '../../../src/engine/transfer/daemon'
import { rawGet, RawFailure } from '../../../src/engine/transfer/raw-get'
import { tempDir } from '../../support/temp'

it('gives the whole body, in memory that is used again, also to a slow reader', async () => {
  const body = randomBytes(5_000_001)
  const path = await serve((req, res) => {
    expect(req.url).toBe('/images/a%20b/get')
    res.end(body)
  })
  const memory = new Set<ArrayBufferLike>()
  const parts: Buffer[] = []
  for await (const part of await rawGet(path, '/images/a%20b/get')) {
    memory.add(part.buffer)
    parts.push(Buffer.from(part))
    await new Promise(setImmediate)
  }
  expect(Buffer.concat(parts).equals(body)).toBe(true)
  expect(memory.size).toBeLessThanOrEqual(2)
})

it('tells another status with its body, and what is not there', async () => {
  const path = await serve((_, res) => res.writeHead(404).end('{"message":"no such image"}'))
  const failure: unknown = await rawGet(path, '/').catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(RawFailure)
  expect(failure).toMatchObject({ statusCode: 404, json: { message: 'no such image' } })
  await expect(new Daemon({ socketPath: path }).saveInPlace('a')).rejects.toMatchObject({
    code: 'not_found',
  })
  const nowhere = new Daemon({ socketPath: `${path}.none` })
  await expect(nowhere.saveInPlace('a')).rejects.toMatchObject({ code: 'engine_unreachable' })
})

it('ends when it is aborted, and when its reader leaves', async () => {
  const path = await serve((_, res) => {
    res.write(Buffer.alloc(100_000)) // and never ends
  })
  const stop = new AbortController()
  const cancelled = (async () => {
    const daemon = new Daemon({ socketPath: path })
    for await (const part of await daemon.saveInPlace('a', stop.signal)) {
      expect(part.length).toBeGreaterThan(0)
      stop.abort()
    }
  })()
  await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' })
  for await (const part of await rawGet(path, '/')) {
    expect(part.length).toBeGreaterThan(0)
    break
  }
})

/** A server on a socket of its own; its connections have to be gone at the end of the test. */
async function serve(handler: RequestListener): Promise<string> {
  const dir = await tempDir('lamraw')
  const server = createServer(handler)
  const path = join(dir.path, 's')
  server.listen(path)
  await once(server, 'listening')
  onTestFinished(async () => {
    await new Promise((resolve) => server.close(resolve))
    await dir.remove()
  })
  return path
}
