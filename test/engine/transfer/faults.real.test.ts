/**
 * Copies through a proxy that breaks everything at random: each ends complete and verified, or with
 * an error that has a code; whatever has a name is complete. CI=true takes ten times as many runs;
 * LAMINA_SEED repeats one.
 */
import { createCipheriv, createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { LaminaError } from '@shared/errors'
import { openStore } from '../../../src/engine/image/store'
import type { Store } from '../../../src/engine/image/types'
import { digestOf, type Digest } from '../../../src/engine/oci/digest'
import { parseIndex, parseManifest } from '../../../src/engine/oci/manifest'
import {
  isIndexType,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_LAYER_GZIP,
} from '../../../src/engine/oci/media-types'
import { OCI_MANIFEST } from '../../../src/engine/oci/media-types'
import { RegistryClient } from '../../../src/engine/registry/client/client'
import { endpointOf } from '../../../src/engine/registry/client/endpoint'
import { copy, type SinkResult, type SourcedDocument } from '../../../src/engine/transfer/copy'
import { collectIndex } from '../../../src/engine/transfer/remote-index'
import { RegistrySink } from '../../../src/engine/transfer/registry-sink'
import { RegistrySource } from '../../../src/engine/transfer/registry-source'
import { StoreSink } from '../../../src/engine/transfer/store-sink'
import { UploadJournal } from '../../../src/engine/transfer/upload-journal'
import { startRegistry } from '../../support/registry'
import { runsOf, seedOf } from '../../support/seed'
import { temporaryFolders } from '../blob/temporary-root'
import { servers } from '../registry/server/servers'
import { tarOf } from '../support'
import { drawing, startFaultProxy, type FaultProxy } from './fault-proxy'

const RUNS = runsOf(300)
/** Runs at the same time. */
const WIDTH = 6
/** A run that has not ended by then hangs, ms. */
const PATIENCE = 60_000
const seed = seedOf('faults')
const retry = { attempts: 5, base: 4, ceiling: 40 }
const linux = { os: 'linux', architecture: 'amd64' }

const newFolder = temporaryFolders()
const startServer = servers()

interface Upstream {
  name: string
  direct: RegistryClient
  proxy: FaultProxy
}

interface Artefact {
  blobs: Map<Digest, Buffer>
  /** Children first. */
  documents: SourcedDocument[]
}

const upstreams: Upstream[] = []
const ending: (() => Promise<unknown>)[] = []
let store: Store

beforeAll(async () => {
  const registry = await startRegistry()
  ending.push(() => registry.stop())
  const own = await startServer()
  const draw = drawing(seed)
  for (const [name, port] of [
    ['docker-registry', registry.port],
    ['ours', own.port],
  ] as const) {
    const proxy = await startFaultProxy(port, draw)
    const direct = new RegistryClient(endpointOf(`127.0.0.1:${port}`, 'http'))
    ending.unshift(
      () => proxy.stop(),
      () => direct.close(),
    )
    upstreams.push({ name, direct, proxy })
  }
  store = await openStore(await newFolder())
  ending.unshift(() => store.close())
})

afterAll(async () => {
  for (const end of ending) await end()
})

it(`ends well or with a clear error, ${RUNS} times`, { timeout: 600_000 }, async () => {
  const outcomes = new Map<string, number>()
  const waiting = Array.from({ length: RUNS }, (_, number) => number)
  const worker = async () => {
    for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) {
      const outcome = await run(number)
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: WIDTH }, worker))
  const faults = upstreams.map(({ name, proxy }) => ({ name, ...proxy.counts }))
  process.stdout.write(
    `faults: ${JSON.stringify(Object.fromEntries(outcomes))} ${JSON.stringify(faults)}\n`,
  )
  expect(outcomes.get('complete') ?? 0).toBeGreaterThan(RUNS / 3)
  expect((await store.fsck()).problems).toEqual([])
})

/** One copy; `complete`, or the code of its error. */
async function run(number: number): Promise<string> {
  const draw = drawing(seed * 1000 + number)
  const [from, to] = draw() < 0.5 ? [0, 1] : [1, 0]
  const [source, sink] = [upstreams[from], upstreams[to]] as [Upstream, Upstream]
  const kind = (['push', 'pull', 'sync', 'index'] as const)[Math.floor(draw() * 4)] ?? 'push'
  const about = `LAMINA_SEED=${seed}, run ${number}: ${kind}, ${source.name} to ${sink.name}`
  const name = `faults/${number}`
  const made = await artefact(draw, number, kind === 'index')
  const rate = 0.02 + draw() * 0.15
  const clients = [source, sink].map(({ proxy }) => {
    proxy.rate = rate
    return new RegistryClient(endpointOf(proxy.address, 'http'), { retry, bodyTimeout: 10_000 })
  })
  const [reading, writing] = clients as [RegistryClient, RegistryClient]
  const digest = made.documents.at(-1)?.digest
  try {
    if (kind !== 'push') await plant(source.direct, name, made)
    const result = await within(about, transfer(kind, { name, made, reading, writing }))
    expect(result.digest, about).toBe(digest)
    if (kind === 'pull') {
      const image = store.images.resolve(`faults.test/${name}:1`)
      expect(image.id, about).toBe(result.id)
    } else await verify(sink.direct, name, digest, about)
    return 'complete'
  } catch (error) {
    if (!(error instanceof LaminaError) || error.code === 'internal') {
      throw new Error(about, { cause: error })
    }
    // What has its name all the same (the last answer was lost) must be whole.
    if (kind === 'pull') expect(tags(), about).not.toContain(`faults.test/${name}:1`)
    else if (await sink.direct.headManifest(name, '1')) {
      await verify(sink.direct, name, digest, about)
    }
    return error.code
  } finally {
    for (const client of clients) await client.close()
  }
}

async function transfer(
  kind: 'push' | 'pull' | 'sync' | 'index',
  run: { name: string; made: Artefact; reading: RegistryClient; writing: RegistryClient },
): Promise<SinkResult> {
  const { name, made, reading, writing } = run
  const reference = { domain: 'faults.test', path: name, tag: '1', digest: null }
  const journal = await UploadJournal.of(store)
  const sink = new RegistrySink(writing, { repository: name, tag: '1' }, journal)
  if (kind === 'push') return copy({ open: () => inMemory(made) }, sink)
  const source = new RegistrySource(reading, reference, kind === 'index' ? 'all' : linux)
  if (kind !== 'pull') return copy(source, sink)
  const names = { tag: `faults.test/${name}:1`, repository: null }
  return copy(source, new StoreSink(store, names))
}

/** As a source: the documents and blobs as they are. */
async function inMemory({ blobs, documents }: Artefact) {
  const top = documents.at(-1) as SourcedDocument
  const sourced = await collectIndex(top, {
    name: 'memory',
    read: async ({ digest }) => documents.find((one) => one.digest === digest) as SourcedDocument,
    open: ({ digest }, start) => chunks(blobs.get(digest) ?? Buffer.alloc(0), start),
  })
  return sourced
}

async function* chunks(bytes: Buffer, start: number) {
  for (let at = start; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}

/** An image of one to three layers, or an index of two. */
async function artefact(draw: () => number, number: number, index: boolean): Promise<Artefact> {
  const made: Artefact = { blobs: new Map(), documents: [] }
  const keep = (bytes: Buffer) => {
    const digest = digestOf(bytes)
    made.blobs.set(digest, bytes)
    return { digest, size: bytes.length }
  }
  const image = async (architecture: string) => {
    const diffIds: Digest[] = []
    const layers = []
    for (let count = 1 + Math.floor(draw() * 3); count > 0; count--) {
      const key = createHash('md5').update(`${draw()}`).digest()
      const noise = createCipheriv('aes-128-ctr', key, Buffer.alloc(16))
      const text = noise.update(Buffer.alloc(20 + draw() * 200_000)).toString('base64')
      const tar = await tarOf({ [`srv/${number}-${count}`]: text })
      diffIds.push(digestOf(tar))
      layers.push({ mediaType: OCI_LAYER_GZIP, ...keep(gzipSync(tar, { level: 1 })) })
    }
    const rootfs = { type: 'layers', diff_ids: diffIds }
    const config = Buffer.from(JSON.stringify({ architecture, os: 'linux', config: {}, rootfs }))
    return document(made, OCI_MANIFEST, {
      config: { mediaType: OCI_CONFIG, ...keep(config) },
      layers,
    })
  }
  const manifests = []
  for (const architecture of index ? ['amd64', 'arm64'] : ['amd64']) {
    manifests.push({ ...(await image(architecture)), platform: { os: 'linux', architecture } })
  }
  if (index) document(made, OCI_INDEX, { manifests })
  return made
}

function document({ documents }: Artefact, mediaType: string, content: object) {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content }))
  const digest = digestOf(bytes)
  documents.push({ mediaType, digest, bytes })
  return { mediaType, digest, size: bytes.length }
}

/** Puts it there without any proxy. */
async function plant(direct: RegistryClient, name: string, made: Artefact): Promise<void> {
  for (const [digest, bytes] of made.blobs) {
    const open = async ({ start }: { start: number }) => chunks(bytes, start)
    await direct.uploadBlob(name, { digest, size: bytes.length, open })
  }
  for (const { mediaType, digest, bytes } of made.documents) {
    await direct.putManifest(name, digest, { mediaType, bytes })
  }
  const top = made.documents.at(-1) as SourcedDocument
  await direct.putManifest(name, '1', top)
}

/** Everything that a tag leads to is there, and is what its digests say. */
async function verify(
  direct: RegistryClient,
  name: string,
  digest: string | undefined,
  about: string,
): Promise<void> {
  const seen = await direct.getManifest(name, '1')
  expect(seen.digest, about).toBe(digest)
  const waiting = [seen]
  for (let document = waiting.shift(); document; document = waiting.shift()) {
    if (isIndexType(document.mediaType)) {
      for (const child of parseIndex(document.bytes).manifests) {
        waiting.push(await direct.getManifest(name, child.digest))
      }
      continue
    }
    const { config, layers } = parseManifest(document.bytes)
    for (const blob of [config, ...layers]) {
      const parts: Buffer[] = []
      for await (const part of direct.readBlob(name, blob.digest)) parts.push(part)
      expect(digestOf(Buffer.concat(parts)), about).toBe(blob.digest)
    }
  }
}

function tags(): string[] {
  return store.images.list().flatMap((image) => image.tags)
}

async function within<T>(about: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${about}: it hangs`)), PATIENCE)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
