/** What is kept: across restarts, torn logs and lost files; garbage collection beside pushes; links. */
import { appendFile, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DiskBlobStore } from '../../../../src/engine/blob/disk-blob-store'
import { rootPaths } from '../../../../src/engine/blob/paths'
import type { Digest } from '../../../../src/engine/oci/digest'
import { temporaryFolders } from '../../blob/temporary-root'
import {
  content,
  indexOf,
  json,
  OCI_INDEX,
  RegistryUnderTest,
} from './conformance/registry-under-test'
import { servers } from './servers'

const newFolder = temporaryFolders()
const start = servers()

describe('after a restart', () => {
  it('has everything that it had', async () => {
    const root = await newFolder()
    const first = await start({ root })
    const registry = new RegistryUnderTest(first.url)
    const image = await registry.pushImage('a/app', 'v1')
    const subject = { mediaType: 'm', digest: image.digest, size: 1 }
    const referrer = await registry.pushImage('a/app', undefined, { subject, artifactType: 'x/y' })
    const index = indexOf([image])
    await registry.putManifest('a/app', 'all', index.bytes, OCI_INDEX)
    await registry.pushImage('b/app', 'gone')
    await registry.send('DELETE', '/v2/b/app/manifests/gone')
    await registry.putManifest('a/app', 'v2', image.bytes)
    await first.close()
    const again = new RegistryUnderTest((await start({ root })).url)
    expect(json(await again.send('GET', '/v2/_catalog'))).toEqual({
      repositories: ['a/app', 'b/app'],
    })
    expect(json(await again.send('GET', '/v2/a/app/tags/list'))).toMatchObject({
      tags: ['all', 'v1', 'v2'],
    })
    expect(json(await again.send('GET', '/v2/b/app/tags/list'))).toMatchObject({ tags: [] })
    for (const [reference, { bytes }] of [
      ['v1', image],
      ['all', index],
    ] as const)
      expect((await again.getManifest('a/app', reference)).body.equals(bytes)).toBe(true)
    const list = await again.send('GET', `/v2/a/app/referrers/${image.digest}`)
    expect(json(list)).toMatchObject({
      manifests: [{ digest: referrer.digest, artifactType: 'x/y' }],
    })
  })

  it('leaves out what was torn or damaged, and takes the rest', async () => {
    const root = await newFolder()
    const log = join(root, 'registry.log')
    const first = await start({ root })
    const registry = new RegistryUnderTest(first.url)
    const image = await registry.pushImage('a/app', 'v1')
    await registry.putManifest('a/app', `${image.digest}?tag=v0&tag=v2`, image.bytes)
    await first.close()
    const text = await readFile(log, 'utf8')
    await writeFile(log, text.replace('"tag":"v2"', '"tag":"v3"'))
    await appendFile(log, '0000dead {"op":"tag","repository":"a/app","tag":"ev')
    const second = await start({ root })
    expect(second.lines.join()).toContain('2 records')
    const again = new RegistryUnderTest(second.url)
    expect(json(await again.send('GET', '/v2/a/app/tags/list'))).toMatchObject({
      tags: ['v0', 'v1'],
    })
    await again.putManifest('a/app', 'v4', image.bytes)
    await second.close()
    const third = await start({ root })
    expect(third.lines).toEqual([])
    const list = await new RegistryUnderTest(third.url).send('GET', '/v2/a/app/tags/list')
    expect(json(list)).toMatchObject({ tags: ['v0', 'v1', 'v4'] })
  })

  it('does not show what has lost its file', async () => {
    const root = await newFolder()
    const first = await start({ root })
    const registry = new RegistryUnderTest(first.url)
    const { digest } = await registry.pushBlob('a/app')
    const path = first.store.blobs.path(digest as Digest)
    await first.close()
    await rm(path)
    const second = await start({ root })
    expect(second.lines.join()).toContain('1 blobs')
    const again = new RegistryUnderTest(second.url)
    expect((await again.send('HEAD', `/v2/a/app/blobs/${digest}`)).status).toBe(404)
  })

  it('has a short log after many changes', async () => {
    const root = await newFolder()
    const first = await start({ root })
    const { bytes } = await new RegistryUnderTest(first.url).pushImage('a/app', 'v1')
    for (let round = 0; round < 8; round++) {
      await Promise.all(
        Array.from({ length: 1000 }, () =>
          first.store.putManifest('a/app', 'v1', bytes, undefined),
        ),
      )
    }
    await first.close()
    expect((await stat(join(root, 'registry.log'))).size).toBeLessThan(1_500_000)
    const again = new RegistryUnderTest((await start({ root })).url)
    expect((await again.getManifest('a/app', 'v1')).status).toBe(200)
  })
})

describe('garbage collection', () => {
  it('removes what nothing refers to, and nothing else', async () => {
    const { url, store } = await start()
    const registry = new RegistryUnderTest(url)
    const image = await registry.pushImage('a/app', 'v1')
    const lone = await registry.pushBlob('a/app')
    const shared = await registry.pushBlob('a/app')
    await registry.pushBlob('b/app', shared)
    const upload = await registry.begin('a/app')
    await registry.patch(upload, Buffer.alloc(1000))
    expect(await store.collect()).toEqual({ unlinked: 0, removed: 0, freed: 0, uploads: 0 })
    await registry.send('DELETE', `/v2/b/app/blobs/${shared.digest}`)
    const report = await store.collect({ grace: -1 })
    expect(report).toEqual({ unlinked: 2, removed: 2, freed: 400, uploads: 0 })
    for (const { digest } of [lone, shared])
      expect((await registry.send('HEAD', `/v2/a/app/blobs/${digest}`)).status).toBe(404)
    expect((await registry.getManifest('a/app', 'v1')).body.equals(image.bytes)).toBe(true)
    expect((await registry.send('GET', upload)).headers.range).toBe('0-999')
    await registry.send('DELETE', `/v2/a/app/manifests/${image.digest}`)
    expect(await store.collect({ grace: -1 })).toMatchObject({ unlinked: 2, removed: 3 })
    for await (const digest of store.blobs.digests()) throw new Error(`${digest} is left`)
  })

  it('removes untagged manifests when told to, and keeps what tags lead to', async () => {
    const { url, store } = await start()
    const registry = new RegistryUnderTest(url)
    const child = await registry.pushImage('a/app')
    const index = indexOf([child])
    await registry.putManifest('a/app', 'all', index.bytes, OCI_INDEX)
    const subject = { mediaType: OCI_INDEX, digest: index.digest, size: index.bytes.length }
    const referrer = await registry.pushImage('a/app', undefined, { subject })
    const lone = await registry.pushImage('a/app')
    expect(await store.collect({ grace: -1 })).toMatchObject({ unlinked: 0 })
    expect(await store.collect({ grace: -1, untagged: true })).toMatchObject({ unlinked: 3 })
    expect((await registry.getManifest('a/app', lone.digest)).status).toBe(404)
    for (const { digest } of [child, index, referrer])
      expect((await registry.getManifest('a/app', digest)).status).toBe(200)
  })

  it('does not harm pushes that run beside it', async () => {
    const { url, store } = await start()
    const registry = new RegistryUnderTest(url)
    let pushing = true
    const collecting = (async () => {
      while (pushing) {
        await store.collect({ grace: 0, untagged: true })
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    })()
    const layer = content(1000)
    let refused = 0
    const push = async (who: number) => {
      for (let round = 0; round < 25; round++) {
        const name = `team/app-${who}`
        const config = await registry.pushBlob(name)
        const shared = await registry.pushBlob(name, layer)
        const put = await registry.putManifest(name, `v${round}`, imageOf(config, shared))
        // With no time to spare, a blob may be taken before its manifest comes: then it is refused.
        if (put.status !== 201) {
          refused++
          continue
        }
        for (const { digest, bytes } of [config, shared]) {
          const blob = await registry.send('GET', `/v2/${name}/blobs/${digest}`)
          expect([blob.status, blob.body.equals(bytes)]).toEqual([200, true])
        }
        await registry.send('DELETE', `/v2/${name}/manifests/v${round}`)
      }
    }
    try {
      await Promise.all([0, 1, 2].map(push))
    } finally {
      pushing = false
      await collecting
    }
    expect(refused).toBeLessThan(75)
  })
})

function imageOf(config: { digest: string }, layer: { digest: string }): Buffer {
  const of = ({ digest }: { digest: string }) => ({ mediaType: 'x/y', digest, size: 1 })
  return Buffer.from(JSON.stringify({ schemaVersion: 2, config: of(config), layers: [of(layer)] }))
}

describe('a blob of another store', () => {
  it('is linked, not copied', async () => {
    const paths = rootPaths(await newFolder())
    const other = await DiskBlobStore.open(paths)
    const { bytes, digest } = content(100_000)
    await other.put(bytes)
    const path = other.path(digest as Digest)
    const { url, store } = await start()
    const adopted = await store.adopt('a/app', path, digest as Digest)
    expect(adopted).toEqual({ linked: true, size: 100_000 })
    const [from, to] = await Promise.all([stat(path), stat(store.blobs.path(digest as Digest))])
    expect(to.ino).toBe(from.ino)
    const found = await new RegistryUnderTest(url).send('GET', `/v2/a/app/blobs/${digest}`)
    expect(found.body.equals(bytes)).toBe(true)
    await store.remove({ op: 'unblob', repository: 'a/app', digest: digest as Digest })
    await store.collect({ grace: -1 })
    expect(await other.verify(digest as Digest)).toBe(true)
  })

  it('is refused when it is another one, or not there', async () => {
    const path = join(await newFolder(), 'file')
    await writeFile(path, 'something')
    const { store } = await start()
    const digest = content().digest as Digest
    await expect(store.adopt('a/app', path, digest)).rejects.toMatchObject({
      code: 'digest_mismatch',
    })
    await expect(store.adopt('a/app', `${path}x`, digest)).rejects.toMatchObject({
      code: 'not_found',
    })
    expect(store.repositories.get('a/app')).toBeUndefined()
    expect(await readFile(path, 'utf8')).toBe('something')
  })
})
