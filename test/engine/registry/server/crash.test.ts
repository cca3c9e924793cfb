/**
 * kill -9 of the registry at any moment of pushes: what it answered with 201 is there and verifies, no
 * manifest is admitted whose parts are not, and an upload that was under way goes on. 100
 * kills in CI.
 */
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { beforeAll, expect, it } from 'vitest'
import { startService, type Service } from '../../../support/child'
import { runsOf, seedOf } from '../../../support/seed'
import { freePort, waitFor } from '../../../support/temp'
import { temporaryFolders } from '../../blob/temporary-root'
import {
  content,
  json,
  manifestOf,
  RegistryUnderTest,
  withQuery,
  type Sent,
} from './conformance/registry-under-test'

const newFolder = temporaryFolders()
const KILLS = runsOf(100)
const seed = seedOf('kills during pushes')
const NAMES = ['team/app', 'team/other', 'base']

let entry = ''
beforeAll(async () => {
  const outDir = await newFolder()
  const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { '@shared': path('../../../../src/shared') } },
    ssr: { noExternal: true },
    build: {
      ssr: path('../../../../src/engine/registry/server/main.ts'),
      outDir,
      target: 'node18',
      rollupOptions: { output: { format: 'es', entryFileNames: 'registry.mjs' } },
    },
  })
  entry = `${outDir}/registry.mjs`
})

async function launch(root: string, port: number): Promise<Service> {
  const args = [entry, '--root', root, '--addr', `127.0.0.1:${port}`]
  const service = await startService(process.execPath, args)
  await waitFor('the registry', () => /listens at/.test(service.log()) || !service.isRunning())
  expect(service.log()).toMatch(/^Lamina's registry .* listens at \S+ keeps \S+\n$/)
  return service
}

/** What the registry has acknowledged. */
class Acknowledged {
  readonly blobs: { name: string; blob: Sent }[] = []
  readonly manifests: { name: string; image: Sent }[] = []
  /** What `name:tag` may lead to (null: nothing), for a push of it may have been cut off. */
  readonly tags = new Map<string, Set<string | null>>()
  /** Digests of manifests that are being pushed. */
  readonly underWay = new Set<string | null>()
}

/** Pushes images until the registry goes away; notes what it says yes to. */
async function pushAll(registry: RegistryUnderTest, known: Acknowledged, random: () => number) {
  for (let round = 0; ; round++) {
    const name = NAMES[random() % NAMES.length] as string
    const tag = `${name}:t${random() % 4}`
    const blobs = [content(200), content(random() % 3 === 0 ? 2_500_000 : random() % 60_000)]
    for (const blob of blobs) {
      const upload = (await registry.send('POST', `/v2/${name}/blobs/uploads/`)).headers.location
      const half = Math.floor(blob.bytes.length / 2)
      const whole = random() % 2 === 0
      if (!whole) await registry.patch(upload as string, blob.bytes.subarray(0, half), 0)
      const rest = whole ? blob.bytes : blob.bytes.subarray(half)
      const put = await registry.finish(upload as string, blob.digest, rest)
      if (put.status !== 201) throw new Error(`${put.status} ${put.body.toString()}`)
      known.blobs.push({ name, blob })
    }
    const image = manifestOf(blobs[0] as Sent, [blobs[1] as Sent])
    const possible = known.tags.get(tag) ?? new Set<string | null>([null])
    // Another push of the same tag that is under way may come before this one or after it.
    const replaced = [...possible].filter((digest) => !known.underWay.has(digest))
    known.tags.set(tag, possible.add(image.digest))
    known.underWay.add(image.digest)
    const put = await registry.putManifest(name, tag.slice(name.length + 1), image.bytes)
    if (put.status !== 201) throw new Error(`${put.status} ${put.body.toString()}`)
    known.underWay.delete(image.digest)
    for (const digest of replaced) possible.delete(digest)
    known.manifests.push({ name, image })
  }
}

/** Everything acknowledged is there and is what it was; everything shown is complete. */
async function check(registry: RegistryUnderTest, known: Acknowledged): Promise<void> {
  const blobs = known.blobs.map(async ({ name, blob }) => {
    const found = await registry.send('GET', `/v2/${name}/blobs/${blob.digest}`)
    expect([found.status, found.body.equals(blob.bytes)]).toEqual([200, true])
  })
  const manifests = known.manifests.map(async ({ name, image }) => {
    const found = await registry.getManifest(name, image.digest)
    expect([found.status, found.body.equals(image.bytes)]).toEqual([200, true])
  })
  await Promise.all([...blobs, ...manifests])
  for (const [key, digests] of known.tags) {
    const [name = '', tag = ''] = key.split(':')
    const found = await registry.getManifest(name, tag)
    const digest = found.headers['docker-content-digest']
    if (digest !== undefined) expect(digests).toContain(digest)
    // Only a first push of the tag, cut off, may have left nothing.
    else expect(digests).toContain(null)
    known.tags.set(key, new Set([digest ?? null]))
  }
  for (const name of NAMES) {
    const answer = await registry.send('GET', `/v2/${name}/tags/list`)
    const tags = answer.status === 200 ? (json(answer) as { tags: string[] }).tags : []
    for (const tag of tags) {
      const manifest = json(await registry.getManifest(name, tag)) as {
        config: { digest: string }
        layers: { digest: string }[]
      }
      const parts = [manifest.config, ...manifest.layers].map(async ({ digest }) => {
        const { status } = await registry.send('HEAD', `/v2/${name}/blobs/${digest}`)
        expect([digest, status]).toEqual([digest, 200])
      })
      await Promise.all(parts)
    }
  }
}

it('survives being killed during pushes', async () => {
  let state = seed
  const random = () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 8
  const root = await newFolder()
  const port = await freePort()
  const registry = new RegistryUnderTest(`http://127.0.0.1:${port}`)
  const known = new Acknowledged()
  let pushed = 0
  let service = await launch(root, port)
  for (let kill = 0; kill < KILLS; kill++) {
    // An upload that is left in the middle.
    const left = content(400_000)
    const upload = await registry.begin('team/left')
    const patch = await registry.patch(upload, left.bytes.subarray(0, 150_000), 0)
    expect(patch.status).toBe(202)
    const pushing = [0, 1].map(() => pushAll(registry, known, random).catch(() => undefined))
    await new Promise((resolve) => setTimeout(resolve, 20 + (random() % 400)))
    service.kill('SIGKILL')
    await service.ended
    await Promise.all(pushing)
    known.underWay.clear()

    service = await launch(root, port)
    await check(registry, known)
    const status = await registry.send('GET', upload)
    expect([status.status, status.headers.range]).toEqual([204, '0-149999'])
    const put = await registry.send('PUT', withQuery(upload, { digest: left.digest }), {
      headers: { 'content-range': '150000-399999' },
      body: left.bytes.subarray(150_000),
    })
    expect(put.status).toBe(201)
    pushed += known.manifests.length
    // The older ones have been there after several kills.
    known.blobs.splice(0, Math.max(0, known.blobs.length - 40))
    known.manifests.splice(0, Math.max(0, known.manifests.length - 20))
  }
  await service.stop()
  expect(pushed).toBeGreaterThan(KILLS)
}, 900_000)
