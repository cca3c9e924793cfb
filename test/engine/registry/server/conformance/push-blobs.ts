/** Push of blobs: whole, in chunks, as a stream, by mount (spec.md, "Pushing blobs"). */
import { expect } from 'vitest'
import {
  codes,
  content,
  core,
  digestOf,
  full,
  location,
  withQuery,
  type Case,
  type RegistryUnderTest,
} from './registry-under-test'

async function has(
  registry: RegistryUnderTest,
  name: string,
  { digest, bytes }: { digest: string; bytes: Buffer },
): Promise<void> {
  const answer = await registry.send('GET', `/v2/${name}/blobs/${digest}`)
  expect([answer.status, answer.body.equals(bytes)]).toEqual([200, true])
}

export const PUSH_BLOBS: Case[] = [
  core('takes a blob by POST and PUT', async (registry) => {
    const name = registry.repository()
    const blob = content()
    const put = await registry.finish(await registry.begin(name), blob.digest, blob.bytes)
    expect(put.status).toBe(201)
    expect(put.headers['docker-content-digest']).toBe(blob.digest)
    const found = await registry.send('GET', location(put))
    expect(found.body.equals(blob.bytes)).toBe(true)
  }),
  full('takes a blob by a single POST', async (registry) => {
    const name = registry.repository()
    for (const blob of [content(), content(3_000_000)]) {
      const target = withQuery(`/v2/${name}/blobs/uploads/`, { digest: blob.digest })
      const headers = { 'content-type': 'application/octet-stream' }
      const post = await registry.send('POST', target, { headers, body: blob.bytes })
      expect(post.status).toBe(201)
      expect(location(post)).toContain(blob.digest)
      await has(registry, name, blob)
    }
  }),
  core('takes an empty blob', async (registry) => {
    const name = registry.repository()
    await has(registry, name, await registry.pushBlob(name, content(0)))
  }),
  core('takes a blob as a stream: PATCH, then PUT without a body', async (registry) => {
    const name = registry.repository()
    const blob = content(2_500_000)
    const patch = await registry.patch(await registry.begin(name), blob.bytes)
    expect(patch.status).toBe(202)
    const put = await registry.finish(location(patch), blob.digest)
    expect(put.status).toBe(201)
    await has(registry, name, blob)
  }),
  core('takes chunks in order, the last one with PUT', async (registry) => {
    const name = registry.repository()
    const blob = content(300_000)
    const first = await registry.patch(await registry.begin(name), blob.bytes.subarray(0, 1000), 0)
    expect(first.status).toBe(202)
    expect(first.headers.range).toBe('0-999')
    const second = await registry.patch(location(first), blob.bytes.subarray(1000, 200_000), 1000)
    expect(second.headers.range).toBe('0-199999')
    const put = await registry.finish(location(second), blob.digest, blob.bytes.subarray(200_000))
    expect(put.status).toBe(201)
    await has(registry, name, blob)
  }),
  core('tells how much of an upload is there', async (registry) => {
    const name = registry.repository()
    const upload = await registry.begin(name)
    const patch = await registry.patch(upload, Buffer.alloc(500), 0)
    const status = await registry.send('GET', location(patch))
    expect(status.status).toBe(204)
    expect(status.headers.range).toBe('0-499')
    expect(status.headers.location).toBeTruthy()
  }),
  full('refuses chunks out of order, again, and without sense', async (registry) => {
    const name = registry.repository()
    const blob = content(1000)
    const upload = await registry.begin(name)
    const early = await registry.patch(upload, blob.bytes.subarray(500), 500)
    expect([early.status, codes(early)]).toEqual([416, ['BLOB_UPLOAD_INVALID']])
    expect(early.headers.location).toBeTruthy()
    const first = await registry.patch(upload, blob.bytes.subarray(0, 500), 0)
    expect(first.status).toBe(202)
    const again = await registry.patch(upload, blob.bytes.subarray(0, 500), 0)
    expect([again.status, again.headers.range]).toEqual([416, '0-499'])
    for (const range of ['x', '500', '999-500', '-5', '500-']) {
      const headers = { 'content-range': range }
      const odd = await registry.send('PATCH', upload, { headers, body: blob.bytes.subarray(500) })
      expect(odd.status).toBe(416)
    }
    const wrong = await registry.send('PATCH', upload, {
      headers: { 'content-range': '500-998' },
      body: blob.bytes.subarray(500),
    })
    expect([wrong.status, codes(wrong)]).toEqual([400, ['SIZE_INVALID']])
    const second = await registry.patch(upload, blob.bytes.subarray(500), 500)
    expect(second.headers.range).toBe('0-999')
    expect((await registry.finish(location(second), blob.digest)).status).toBe(201)
    await has(registry, name, blob)
  }),
  full('refuses a last chunk out of order and goes on', async (registry) => {
    const name = registry.repository()
    const blob = content(900)
    const upload = await registry.begin(name)
    await registry.patch(upload, blob.bytes.subarray(0, 400), 0)
    const target = withQuery(upload, { digest: blob.digest })
    const body = blob.bytes.subarray(400)
    const wrong = await registry.send('PUT', target, {
      headers: { 'content-range': '300-799' },
      body,
    })
    expect(wrong.status).toBe(416)
    const headers = { 'content-range': '400-899' }
    expect((await registry.send('PUT', target, { headers, body })).status).toBe(201)
    await has(registry, name, blob)
  }),
  core('refuses a blob that is not what its digest says', async (registry) => {
    const name = registry.repository()
    const blob = content()
    const put = await registry.finish(await registry.begin(name), blob.digest, content().bytes)
    expect([put.status, codes(put)]).toEqual([400, ['DIGEST_INVALID']])
    const head = await registry.send('HEAD', `/v2/${name}/blobs/${blob.digest}`)
    expect(head.status).toBe(404)
  }),
  core('refuses a digest that is none', async (registry) => {
    const upload = await registry.begin(registry.repository())
    for (const digest of ['', 'sha256:12', 'md5:d41d8cd98f00b204e9800998ecf8427e', 'nonsense']) {
      const put = await registry.finish(upload, digest, Buffer.from('x'))
      expect([put.status, codes(put)]).toEqual([400, ['DIGEST_INVALID']])
    }
  }),
  core('cancels an upload', async (registry) => {
    const name = registry.repository()
    const upload = location(await registry.patch(await registry.begin(name), Buffer.alloc(10)))
    expect((await registry.send('DELETE', upload)).status).toBe(204)
    const gone = await registry.send('GET', upload)
    expect([gone.status, codes(gone)]).toEqual([404, ['BLOB_UPLOAD_UNKNOWN']])
  }),
  full('knows an upload only in its repository, and only once', async (registry) => {
    const name = registry.repository()
    const upload = await registry.begin(name)
    const elsewhere = upload.replace(name, registry.repository())
    expect((await registry.send('GET', elsewhere)).status).toBe(404)
    const blob = content()
    expect((await registry.finish(upload, blob.digest, blob.bytes)).status).toBe(201)
    const again = await registry.finish(upload, blob.digest, blob.bytes)
    expect([again.status, codes(again)]).toEqual([404, ['BLOB_UPLOAD_UNKNOWN']])
  }),
  core('mounts a blob of another repository', async (registry) => {
    const [from, name] = [registry.repository(), registry.repository()]
    const blob = await registry.pushBlob(from)
    const query = { mount: blob.digest, from }
    const post = await registry.send('POST', withQuery(`/v2/${name}/blobs/uploads/`, query))
    expect(post.status).toBe(201)
    expect(location(post)).toContain(`/v2/${name}/blobs/${blob.digest}`)
    await has(registry, name, blob)
  }),
  core('begins an upload where it cannot mount', async (registry) => {
    const name = registry.repository()
    const unknown = digestOf(name)
    for (const from of [registry.repository(), name]) {
      const target = withQuery(`/v2/${name}/blobs/uploads/`, { mount: unknown, from })
      const post = await registry.send('POST', target)
      expect(post.status).toBe(202)
      const blob = content()
      expect((await registry.finish(location(post), blob.digest, blob.bytes)).status).toBe(201)
    }
  }),
  full('finds a blob to mount by itself', async (registry) => {
    const blob = await registry.pushBlob(registry.repository())
    const name = registry.repository()
    const target = withQuery(`/v2/${name}/blobs/uploads/`, { mount: blob.digest })
    expect((await registry.send('POST', target)).status).toBe(201)
    await has(registry, name, blob)
  }),
  full(
    'is told the algorithm before the bytes, and says which ones it has not got',
    async (registry) => {
      const name = registry.repository()
      const bytes = content(1_500_000).bytes
      for (const algorithm of ['sha256', 'sha512']) {
        const blob = { bytes, digest: digestOf(bytes, algorithm) }
        const target = withQuery(`/v2/${name}/blobs/uploads/`, { 'digest-algorithm': algorithm })
        const post = await registry.send('POST', target)
        expect(post.status).toBe(202)
        const patch = await registry.patch(location(post), bytes)
        expect((await registry.finish(location(patch), blob.digest)).status).toBe(201)
        await has(registry, name, blob)
      }
      for (const query of ['digest-algorithm=md5', 'digest-algorithm=sha5120', 'digest=md5:00']) {
        const post = await registry.send('POST', `/v2/${name}/blobs/uploads/?${query}`)
        expect([query, post.status, codes(post)]).toEqual([query, 400, ['DIGEST_INVALID']])
      }
    },
  ),
  full('takes sha512 as well', async (registry) => {
    const name = registry.repository()
    const bytes = content(400_000).bytes
    const blob = { bytes, digest: digestOf(bytes, 'sha512') }
    await registry.pushBlob(name, blob)
    await has(registry, name, blob)
    const other = content(2_000_000).bytes
    const streamed = { bytes: other, digest: digestOf(other, 'sha512') }
    const patch = await registry.patch(await registry.begin(name), other)
    expect((await registry.finish(location(patch), streamed.digest)).status).toBe(201)
    await has(registry, name, streamed)
    const wrong = await registry.finish(await registry.begin(name), blob.digest, other)
    expect(codes(wrong)).toEqual(['DIGEST_INVALID'])
  }),
]
