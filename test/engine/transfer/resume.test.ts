/** How much is sent twice when an upload breaks, and after who pushed was killed. Counted at a proxy. */
import { randomBytes } from 'node:crypto'
import { expect, it, onTestFinished } from 'vitest'
import { openStore } from '../../../src/engine/image/store'
import { digestOf } from '../../../src/engine/oci/digest'
import { RegistryClient } from '../../../src/engine/registry/client/client'
import { endpointOf } from '../../../src/engine/registry/client/endpoint'
import { UploadJournal } from '../../../src/engine/transfer/upload-journal'
import { temporaryFolders } from '../blob/temporary-root'
import { servers } from '../registry/server/servers'
import { startFaultProxy, type FaultProxy } from './fault-proxy'

const newFolder = temporaryFolders()
const startServer = servers()

const SIZE = 64 * 1024 * 1024
/** What may be sent twice. */
const TWICE = 16 * 1024 * 1024
const retry = { attempts: 5, base: 5, ceiling: 50 }

async function proxied(): Promise<FaultProxy> {
  const server = await startServer()
  const proxy = await startFaultProxy(server.port, () => 1)
  onTestFinished(() => proxy.stop())
  return proxy
}

function clientOf({ address }: FaultProxy): RegistryClient {
  const client = new RegistryClient(endpointOf(address, 'http'), { retry })
  onTestFinished(() => client.close())
  return client
}

function source(bytes: Buffer) {
  const open = async ({ start }: { start: number }) => chunks(bytes, start)
  return { digest: digestOf(bytes), size: bytes.length, open }
}

async function* chunks(bytes: Buffer, start: number) {
  for (let at = start; at < bytes.length; at += 262_144) yield bytes.subarray(at, at + 262_144)
}

async function hashOf(client: RegistryClient, blob: ReturnType<typeof source>): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of client.readBlob('a/b', blob.digest)) parts.push(part)
  return digestOf(Buffer.concat(parts))
}

it('sends at most 16 MiB twice when a push breaks again and again', async () => {
  const proxy = await proxied()
  const client = clientOf(proxy)
  const blob = source(randomBytes(SIZE))
  let cuts = 0
  proxy.cutNext = 20_000_000
  const onLocation = () => {
    if (proxy.cutNext === null && ++cuts < 2) proxy.cutNext = 15_000_000
  }
  await client.uploadBlob('a/b', blob, { onLocation })
  expect(proxy.patches).toHaveLength(3)
  expect(proxy.uploaded - SIZE).toBeLessThanOrEqual(TWICE)
  expect(await hashOf(client, blob)).toBe(blob.digest)
})

it('goes on in another process, by the journal', async () => {
  const proxy = await proxied()
  const root = await newFolder()
  const blob = source(randomBytes(SIZE))
  const key = {
    ...{ origin: `http://${proxy.address}`, repository: 'a/b' },
    ...{ digest: blob.digest, size: SIZE },
  }
  const killed = new AbortController()
  const store = await openStore(root)
  const journal = await UploadJournal.of(store)
  const first = clientOf(proxy).uploadBlob('a/b', blob, {
    signal: killed.signal,
    onLocation: (location) => journal.note(key, location),
    onProgress: (done) => done > 40_000_000 && killed.abort(),
  })
  await expect(first).rejects.toMatchObject({ code: 'cancelled' })
  await store.close()

  const next = await openStore(root)
  onTestFinished(() => next.close())
  const found = await (await UploadJournal.of(next)).find(key)
  expect(found).toMatch(/\/v2\/a\/b\/blobs\/uploads\//)
  const client = clientOf(proxy)
  await client.uploadBlob('a/b', blob, { resume: found })
  expect(proxy.patches[1]).toMatch(/^\d+-67108863$/)
  expect(proxy.uploaded - SIZE).toBeLessThanOrEqual(TWICE)
  expect(await hashOf(client, blob)).toBe(blob.digest)
})

it('begins anew where the registry has forgotten, or has other bytes', async () => {
  const proxy = await proxied()
  const client = clientOf(proxy)
  const blob = source(randomBytes(3_000_000))
  const gone = `http://${proxy.address}/v2/a/b/blobs/uploads/00000000-0000-0000-0000-000000000000`
  await client.uploadBlob('a/b', blob, { resume: gone })
  expect(await hashOf(client, blob)).toBe(blob.digest)

  let left = ''
  proxy.cutNext = 2_000_000
  const other = source(randomBytes(3_000_000))
  const half = new RegistryClient(client.endpoint, { retry: { attempts: 1, base: 1, ceiling: 1 } })
  onTestFinished(() => half.close())
  const onLocation = (location: string) => void (left = location)
  await expect(half.uploadBlob('a/b', other, { onLocation })).rejects.toMatchObject({
    code: 'registry_unreachable',
  })
  const wanted = source(randomBytes(3_000_000))
  await client.uploadBlob('a/b', wanted, { resume: left })
  expect(await hashOf(client, wanted)).toBe(wanted.digest)
})
