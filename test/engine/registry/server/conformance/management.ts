/** Content management: deleting tags, manifests and blobs (spec.md, "Content Management"). */
import { expect } from 'vitest'
import { codes, core, digestOf, full, json, type Case } from './registry-under-test'

export const MANAGEMENT: Case[] = [
  core('deletes a manifest with its tags', async (registry) => {
    const name = registry.repository()
    const image = await registry.pushImage(name, 'v1')
    await registry.putManifest(name, 'v2', image.bytes)
    await registry.pushImage(name, 'other')
    const path = `/v2/${name}/manifests/${image.digest}`
    expect((await registry.send('DELETE', path)).status).toBe(202)
    for (const reference of [image.digest, 'v1', 'v2']) {
      const answer = await registry.getManifest(name, reference)
      expect([answer.status, codes(answer)]).toEqual([404, ['MANIFEST_UNKNOWN']])
    }
    const again = await registry.send('DELETE', path)
    expect([again.status, codes(again)]).toEqual([404, ['MANIFEST_UNKNOWN']])
    expect(json(await registry.send('GET', `/v2/${name}/tags/list`))).toEqual({
      ...{ name, tags: ['other'] },
    })
  }),
  full('deletes a tag and keeps its manifest', async (registry) => {
    const name = registry.repository()
    const image = await registry.pushImage(name, 'v1')
    await registry.putManifest(name, 'v2', image.bytes)
    expect((await registry.send('DELETE', `/v2/${name}/manifests/v1`)).status).toBe(202)
    expect((await registry.getManifest(name, 'v1')).status).toBe(404)
    for (const reference of ['v2', image.digest])
      expect((await registry.getManifest(name, reference)).status).toBe(200)
    const again = await registry.send('DELETE', `/v2/${name}/manifests/v1`)
    expect([again.status, codes(again)]).toEqual([404, ['MANIFEST_UNKNOWN']])
    await registry.send('DELETE', `/v2/${name}/manifests/v2`)
    const tags = await registry.send('GET', `/v2/${name}/tags/list`)
    expect([tags.status, json(tags)]).toEqual([200, { name, tags: [] }])
  }),
  core('deletes a blob from its repository only', async (registry) => {
    const [name, other] = [registry.repository(), registry.repository()]
    const blob = await registry.pushBlob(name)
    await registry.pushBlob(other, blob)
    const path = `/v2/${name}/blobs/${blob.digest}`
    expect((await registry.send('DELETE', path)).status).toBe(202)
    const gone = await registry.send('GET', path)
    expect([gone.status, codes(gone)]).toEqual([404, ['BLOB_UNKNOWN']])
    const again = await registry.send('DELETE', path)
    expect([again.status, codes(again)]).toEqual([404, ['BLOB_UNKNOWN']])
    const elsewhere = await registry.send('GET', `/v2/${other}/blobs/${blob.digest}`)
    expect(elsewhere.body.equals(blob.bytes)).toBe(true)
  }),
  core('takes again what was deleted', async (registry) => {
    const name = registry.repository()
    const image = await registry.pushImage(name, 'v1')
    await registry.send('DELETE', `/v2/${name}/manifests/${image.digest}`)
    expect((await registry.putManifest(name, 'v1', image.bytes)).status).toBe(201)
    const answer = await registry.getManifest(name, 'v1')
    expect(answer.body.equals(image.bytes)).toBe(true)
    const blob = await registry.pushBlob(name)
    await registry.send('DELETE', `/v2/${name}/blobs/${blob.digest}`)
    await registry.pushBlob(name, blob)
    expect((await registry.send('HEAD', `/v2/${name}/blobs/${blob.digest}`)).status).toBe(200)
  }),
  core('does not delete what is not there', async (registry) => {
    const name = registry.repository()
    await registry.pushImage(name, 'v1')
    const missing = digestOf('missing')
    const manifest = await registry.send('DELETE', `/v2/${name}/manifests/${missing}`)
    expect([manifest.status, codes(manifest)]).toEqual([404, ['MANIFEST_UNKNOWN']])
    const blob = await registry.send('DELETE', `/v2/${name}/blobs/${missing}`)
    expect([blob.status, codes(blob)]).toEqual([404, ['BLOB_UNKNOWN']])
  }),
]
