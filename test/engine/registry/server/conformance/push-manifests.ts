/** Push of manifests (spec.md, "Pushing Manifests" and "Pushing Manifests with Subject"). */
import { expect } from 'vitest'
import {
  codes,
  content,
  core,
  digestOf,
  DOCKER_INDEX,
  DOCKER_MANIFEST,
  document,
  full,
  indexOf,
  json,
  location,
  manifestOf,
  OCI_INDEX,
  OCI_MANIFEST,
  type Case,
} from './registry-under-test'

export const PUSH_MANIFESTS: Case[] = [
  core('takes a manifest under a tag', async (registry) => {
    const name = registry.repository()
    const image = await registry.image(name)
    const put = await registry.putManifest(name, 'v1', image.bytes)
    expect(put.status).toBe(201)
    expect(put.headers['docker-content-digest']).toBe(image.digest)
    expect((await registry.getManifest(name, location(put).split('/').at(-1) ?? '')).status).toBe(
      200,
    )
  }),
  core('takes a manifest under its digest only', async (registry) => {
    const name = registry.repository()
    const image = await registry.pushImage(name)
    expect((await registry.getManifest(name, image.digest)).status).toBe(200)
    const wrong = await registry.putManifest(name, digestOf('x'), image.bytes)
    expect([wrong.status, codes(wrong)]).toEqual([400, ['DIGEST_INVALID']])
  }),
  core('moves a tag to another manifest and keeps the first one', async (registry) => {
    const name = registry.repository()
    const first = await registry.pushImage(name, 'latest')
    const second = await registry.pushImage(name, 'latest')
    const now = await registry.getManifest(name, 'latest')
    expect(now.headers['docker-content-digest']).toBe(second.digest)
    expect((await registry.getManifest(name, first.digest)).status).toBe(200)
  }),
  core('takes the same manifest again', async (registry) => {
    const name = registry.repository()
    const image = await registry.pushImage(name, 'v1')
    expect((await registry.putManifest(name, 'v1', image.bytes)).status).toBe(201)
    expect((await registry.putManifest(name, 'v2', image.bytes)).status).toBe(201)
    for (const tag of ['v1', 'v2']) {
      const answer = await registry.getManifest(name, tag)
      expect(answer.headers['docker-content-digest']).toBe(image.digest)
    }
  }),
  core("takes Docker's manifest, schema 2", async (registry) => {
    const name = registry.repository()
    const image = await registry.image(name, { mediaType: DOCKER_MANIFEST })
    const put = await registry.putManifest(name, 'v1', image.bytes, DOCKER_MANIFEST)
    expect(put.status).toBe(201)
    const answer = await registry.getManifest(name, 'v1')
    expect(answer.headers['content-type']).toBe(DOCKER_MANIFEST)
    expect(answer.body.equals(image.bytes)).toBe(true)
  }),
  core('takes no notice of parameters of the type', async (registry) => {
    const name = registry.repository()
    const image = await registry.image(name)
    const type = `${OCI_MANIFEST}; charset=utf-8`
    expect((await registry.putManifest(name, 'v1', image.bytes, type)).status).toBe(201)
    expect((await registry.getManifest(name, 'v1')).headers['content-type']).toBe(OCI_MANIFEST)
  }),
  core('takes indexes of manifests that are there', async (registry) => {
    const name = registry.repository()
    const images = [await registry.pushImage(name), await registry.pushImage(name)]
    const rows = [
      [indexOf(images), OCI_INDEX],
      [indexOf(images, { mediaType: DOCKER_INDEX }), DOCKER_INDEX],
    ] as const
    for (const [index, type] of rows) {
      expect((await registry.putManifest(name, 'all', index.bytes, type)).status).toBe(201)
      const answer = await registry.getManifest(name, 'all')
      expect(answer.headers['content-type']).toBe(type)
      expect(answer.body.equals(index.bytes)).toBe(true)
    }
  }),
  core('takes indexes of indexes, and one of nothing', async (registry) => {
    const name = registry.repository()
    const inner = indexOf([await registry.pushImage(name), await registry.pushImage(name)])
    const outer = document({
      ...{ schemaVersion: 2, mediaType: OCI_INDEX },
      manifests: [{ mediaType: OCI_INDEX, digest: inner.digest, size: inner.bytes.length }],
    })
    for (const { digest, bytes } of [inner, outer, indexOf([])]) {
      expect((await registry.putManifest(name, digest, bytes, OCI_INDEX)).status).toBe(201)
      const answer = await registry.getManifest(name, digest)
      expect([answer.headers['content-type'], answer.body.equals(bytes)]).toEqual([OCI_INDEX, true])
    }
  }),
  core('takes an artifact, with the empty config and data in its descriptors', async (registry) => {
    const name = registry.repository()
    const empty = { bytes: Buffer.from('{}'), digest: digestOf('{}') }
    await registry.pushBlob(name, empty)
    const mediaType = 'application/vnd.oci.empty.v1+json'
    const config = { mediaType, digest: empty.digest, size: 2, data: 'e30=' }
    const artifactType = 'application/vnd.example+type'
    const { bytes } = manifestOf(empty, [], { artifactType, config, layers: [config] })
    expect((await registry.putManifest(name, 'artifact', bytes)).status).toBe(201)
    expect((await registry.getManifest(name, 'artifact')).body.equals(bytes)).toBe(true)
  }),
  core('takes a manifest of 4,000,000 bytes', async (registry) => {
    const name = registry.repository()
    const { bytes } = await registry.image(name, { annotations: { a: 'x'.repeat(3_999_000) } })
    expect((await registry.putManifest(name, 'large', bytes)).status).toBe(201)
    expect((await registry.getManifest(name, 'large')).body.equals(bytes)).toBe(true)
  }),
  core('takes a manifest without layers', async (registry) => {
    const name = registry.repository()
    const config = await registry.pushBlob(name)
    const { bytes } = manifestOf(config, [])
    expect((await registry.putManifest(name, 'empty', bytes)).status).toBe(201)
  }),
  core('refuses a manifest whose parts are missing, and names them', async (registry) => {
    const name = registry.repository()
    const [config, layer] = [await registry.pushBlob(name), content()]
    const missing = manifestOf(config, [layer])
    const put = await registry.putManifest(name, 'v1', missing.bytes)
    expect([put.status, codes(put)]).toEqual([400, ['MANIFEST_BLOB_UNKNOWN']])
    expect(JSON.stringify(json(put))).toContain(layer.digest)
    expect((await registry.getManifest(name, 'v1')).status).toBe(404)
    const index = indexOf([missing])
    const all = await registry.putManifest(name, 'all', index.bytes, OCI_INDEX)
    expect([all.status, codes(all)]).toEqual([400, ['MANIFEST_BLOB_UNKNOWN']])
  }),
  full('refuses parts that are in another repository only', async (registry) => {
    const [name, other] = [registry.repository(), registry.repository()]
    const image = await registry.pushImage(other, 'v1')
    const put = await registry.putManifest(name, 'v1', image.bytes)
    expect([put.status, codes(put)]).toEqual([
      400,
      ['MANIFEST_BLOB_UNKNOWN', 'MANIFEST_BLOB_UNKNOWN'],
    ])
  }),
  full('does not ask for layers that come from elsewhere', async (registry) => {
    const name = registry.repository()
    const config = await registry.pushBlob(name)
    const type = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'
    const url = 'https://example.invalid/layer'
    const layers = [{ mediaType: type, digest: digestOf('far'), size: 3, urls: [url] }]
    const { bytes } = manifestOf(config, [], { layers })
    expect((await registry.putManifest(name, 'v1', bytes)).status).toBe(201)
  }),
  core('refuses a manifest that was cut short', async (registry) => {
    const name = registry.repository()
    const { bytes } = await registry.image(name)
    const put = await registry.putManifest(name, 'v1', bytes.subarray(0, -9))
    expect([put.status, codes(put)]).toEqual([400, ['MANIFEST_INVALID']])
  }),
  full('refuses what is no manifest', async (registry) => {
    const name = registry.repository()
    const bodies = ['', '{', '[]', 'null', '{"schemaVersion":2}']
    for (const body of bodies) {
      const put = await registry.putManifest(name, 'v1', Buffer.from(body))
      expect([put.status, codes(put)]).toEqual([400, ['MANIFEST_INVALID']])
    }
  }),
  full('refuses a manifest of two minds', async (registry) => {
    const name = registry.repository()
    const image = await registry.image(name)
    const both = await registry.image(name, { manifests: [] })
    const twice = Buffer.from(image.bytes.toString().replace('{', '{"schemaVersion": 2,'))
    const rows = [
      [image.bytes, DOCKER_MANIFEST],
      [image.bytes, OCI_INDEX],
      [image.bytes, 'application/vnd.docker.distribution.manifest.v1+json'],
      [image.bytes, 'text/plain'],
      [both.bytes, OCI_MANIFEST],
      [twice, OCI_MANIFEST],
    ] as const
    for (const [body, type] of rows) {
      const put = await registry.putManifest(name, 'v1', body, type)
      expect([put.status, codes(put)]).toEqual([400, ['MANIFEST_INVALID']])
    }
  }),
  full('takes a manifest without a type by what it says of itself', async (registry) => {
    const name = registry.repository()
    const image = await registry.image(name)
    const without: Record<string, string> = {}
    for (const headers of [without, { 'content-type': 'application/json' }]) {
      const target = `/v2/${name}/manifests/v1`
      const put = await registry.send('PUT', target, { headers, body: image.bytes })
      expect(put.status).toBe(201)
    }
    expect((await registry.getManifest(name, 'v1')).headers['content-type']).toBe(OCI_MANIFEST)
  }),
  full('refuses a manifest of more than 4 MiB', async (registry) => {
    const name = registry.repository()
    const { bytes } = await registry.image(name, { annotations: { a: 'x'.repeat(4 * 2 ** 20) } })
    const put = await registry.putManifest(name, 'v1', bytes)
    expect([put.status, codes(put)]).toEqual([413, ['SIZE_INVALID']])
  }),
  full('keeps manifests by sha512', async (registry) => {
    const name = registry.repository()
    const { bytes } = await registry.image(name)
    const digest = digestOf(bytes, 'sha512')
    const put = await registry.putManifest(name, digest, bytes)
    expect([put.status, put.headers['docker-content-digest']]).toEqual([201, digest])
    const found = await registry.getManifest(name, digest)
    expect(found.body.equals(bytes)).toBe(true)
    expect((await registry.getManifest(name, digestOf(bytes))).status).toBe(404)
  }),
  full('takes tags along with a manifest that is pushed by its digest', async (registry) => {
    const name = registry.repository()
    const { bytes } = await registry.image(name)
    const tags = Array.from({ length: 12 }, (_, at) => `${'x'.repeat(100)}-1.${at}`)
    const query = tags.map((tag) => `tag=${tag}`).join('&')
    for (const algorithm of ['sha512', 'sha256']) {
      const digest = digestOf(bytes, algorithm)
      // One of them twice, as clients may.
      const put = await registry.putManifest(name, `${digest}?${query}&tag=${tags[0]}`, bytes)
      expect([put.status, put.headers['docker-content-digest']]).toEqual([201, digest])
      expect(put.headers['oci-tag']?.split(/, */).sort()).toEqual([...tags].sort())
      expect(json(await registry.send('GET', `/v2/${name}/tags/list`))).toEqual({
        ...{ name, tags: [...tags].sort() },
      })
      for (const tag of tags) {
        const answer = await registry.getManifest(name, tag)
        expect(answer.headers['docker-content-digest']).toBe(digest)
        expect(answer.body.equals(bytes)).toBe(true)
      }
    }
  }),
  full('takes all of such tags or nothing, and none with a push by tag', async (registry) => {
    const name = registry.repository()
    const image = await registry.image(name)
    for (const tag of ['-x', '', 'a%2Cb']) {
      const put = await registry.putManifest(name, `${image.digest}?tag=ok&tag=${tag}`, image.bytes)
      expect([tag, put.status, codes(put)]).toEqual([tag, 400, ['TAG_INVALID']])
      for (const reference of ['ok', image.digest])
        expect((await registry.getManifest(name, reference)).status).toBe(404)
    }
    const none = await registry.putManifest(name, image.digest, image.bytes)
    expect([none.status, none.headers['oci-tag']]).toEqual([201, undefined])
    const one = await registry.putManifest(name, 'v1?tag=v2', image.bytes)
    expect([one.status, one.headers['oci-tag']]).toEqual([201, undefined])
    const list = await registry.send('GET', `/v2/${name}/tags/list`)
    expect(json(list)).toEqual({ name, tags: ['v1'] })
  }),
  full('says that it knows the subject, which need not be there', async (registry) => {
    const name = registry.repository()
    const subject = { mediaType: OCI_MANIFEST, digest: digestOf('later'), size: 5 }
    const { bytes } = await registry.image(name, { subject })
    const put = await registry.putManifest(name, 'signature', bytes)
    expect([put.status, put.headers['oci-subject']]).toEqual([201, subject.digest])
  }),
  full('takes annotations and fields that it does not know', async (registry) => {
    const name = registry.repository()
    const { bytes } = await registry.image(name, { annotations: { 名: '值' }, future: [1] })
    expect((await registry.putManifest(name, 'v1', bytes)).status).toBe(201)
    expect((await registry.getManifest(name, 'v1')).body.equals(bytes)).toBe(true)
    const bad = document({ schemaVersion: 2, manifests: [], annotations: { a: 1 } })
    expect(codes(await registry.putManifest(name, 'v1', bad.bytes, OCI_INDEX))).toEqual([
      'MANIFEST_INVALID',
    ])
  }),
]
