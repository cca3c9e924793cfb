/** Pull: the base, blobs, manifests (spec.md, "Pull"). */
import { expect } from 'vitest'
import {
  codes,
  content,
  core,
  digestOf,
  full,
  OCI_MANIFEST,
  type Case,
} from './registry-under-test'

const NOWHERE = digestOf('nothing has this digest')

export const PULL: Case[] = [
  core('answers at /v2/', async (registry) => {
    const answer = await registry.send('GET', '/v2/')
    expect(answer.status).toBe(200)
    expect(answer.headers['docker-distribution-api-version']).toBe('registry/2.0')
  }),
  core('gives a blob back with its length and digest', async (registry) => {
    const name = registry.repository()
    const { digest, bytes } = await registry.pushBlob(name)
    const answer = await registry.send('GET', `/v2/${name}/blobs/${digest}`)
    expect(answer.status).toBe(200)
    expect(answer.body.equals(bytes)).toBe(true)
    expect(answer.headers['content-length']).toBe(String(bytes.length))
    expect(answer.headers['docker-content-digest']).toBe(digest)
  }),
  core('gives a large blob back', async (registry) => {
    const name = registry.repository()
    const { digest, bytes } = await registry.pushBlob(name, content(5_000_000))
    const answer = await registry.send('GET', `/v2/${name}/blobs/${digest}`)
    expect(answer.body.equals(bytes)).toBe(true)
  }),
  core('answers HEAD of a blob as GET, without the body', async (registry) => {
    const name = registry.repository()
    for (const size of [100, 1_000_000]) {
      const { digest } = await registry.pushBlob(name, content(size))
      const [get, head] = await both(registry, `/v2/${name}/blobs/${digest}`)
      expect(head).toMatchObject({ status: 200, headers: get })
      expect(head.body).toHaveLength(0)
    }
  }),
  core('answers HEAD of a manifest as GET, without the body', async (registry) => {
    const name = registry.repository()
    await registry.pushImage(name, 'v1')
    const [get, head] = await both(registry, `/v2/${name}/manifests/v1`)
    expect(head).toMatchObject({ status: 200, headers: get })
    expect(head.body).toHaveLength(0)
  }),
  core('gives ranges of a blob', async (registry) => {
    const name = registry.repository()
    for (const size of [1000, 700_000]) {
      const { digest, bytes } = await registry.pushBlob(name, content(size))
      const rows = [
        ['bytes=0-0', 0, 1],
        ['bytes=10-99', 10, 100],
        [`bytes=${size - 5}-`, size - 5, size],
        ['bytes=-7', size - 7, size],
        [`bytes=5-${size * 2}`, 5, size],
      ] as const
      for (const [range, start, end] of rows) {
        const answer = await registry.send('GET', `/v2/${name}/blobs/${digest}`, {
          headers: { range },
        })
        expect(answer.status).toBe(206)
        expect(answer.headers['content-range']).toBe(`bytes ${start}-${end - 1}/${size}`)
        expect(answer.body.equals(bytes.subarray(start, end))).toBe(true)
      }
    }
  }),
  full(
    'answers 416 to a range beyond the end, and to one that ends before it begins',
    async (registry) => {
      const name = registry.repository()
      const { digest } = await registry.pushBlob(name, content(1000))
      for (const range of ['bytes=1000-', 'bytes=5000-10000', 'bytes=500-0', 'bytes=-0']) {
        const answer = await registry.send('GET', `/v2/${name}/blobs/${digest}`, {
          headers: { range },
        })
        expect([range, answer.status, codes(answer)]).toEqual([range, 416, ['SIZE_INVALID']])
        expect(answer.headers['content-range']).toBe('bytes */1000')
      }
    },
  ),
  full('ignores a range that it does not understand', async (registry) => {
    const name = registry.repository()
    const { digest, bytes } = await registry.pushBlob(name)
    const answer = await registry.send('GET', `/v2/${name}/blobs/${digest}`, {
      headers: { range: 'lines=1-2' },
    })
    expect([answer.status, answer.body.equals(bytes)]).toEqual([200, true])
  }),
  core('says 304 when the client has it', async (registry) => {
    const name = registry.repository()
    const image = await registry.pushImage(name, 'v1')
    const { digest } = await registry.pushBlob(name)
    for (const path of [`/v2/${name}/blobs/${digest}`, `/v2/${name}/manifests/v1`]) {
      const headers = { accept: OCI_MANIFEST }
      const { headers: first } = await registry.send('GET', path, { headers })
      expect(first.etag).toMatch(path.includes('blobs') ? digest : image.digest)
      const again = await registry.send('GET', path, {
        headers: { ...headers, 'if-none-match': first.etag as string },
      })
      expect(again.status).toBe(304)
      expect(again.body).toHaveLength(0)
    }
  }),
  core('gives a manifest back byte for byte, by tag and by digest', async (registry) => {
    const name = registry.repository()
    const { digest, bytes } = await registry.pushImage(name, 'v1')
    for (const reference of ['v1', digest]) {
      const answer = await registry.getManifest(name, reference)
      expect(answer.status).toBe(200)
      expect(answer.body.equals(bytes)).toBe(true)
      expect(answer.headers['docker-content-digest']).toBe(digest)
      expect(answer.headers['content-type']).toBe(OCI_MANIFEST)
    }
  }),
  core('says which blob or manifest it does not have', async (registry) => {
    const name = registry.repository()
    await registry.pushImage(name, 'v1')
    for (const repository of [name, registry.repository()]) {
      const blob = await registry.send('GET', `/v2/${repository}/blobs/${NOWHERE}`)
      expect([blob.status, codes(blob)]).toEqual([404, ['BLOB_UNKNOWN']])
      for (const reference of ['none', NOWHERE]) {
        const manifest = await registry.getManifest(repository, reference)
        expect([manifest.status, codes(manifest)]).toEqual([404, ['MANIFEST_UNKNOWN']])
        const head = await registry.getManifest(repository, reference, 'HEAD')
        expect([head.status, head.body.length]).toEqual([404, 0])
      }
    }
  }),
  core('shows a blob only where it was pushed', async (registry) => {
    const { digest } = await registry.pushBlob(registry.repository())
    const elsewhere = registry.repository()
    await registry.pushBlob(elsewhere)
    const answer = await registry.send('HEAD', `/v2/${elsewhere}/blobs/${digest}`)
    expect(answer.status).toBe(404)
  }),
  full('gives what is there whatever the client accepts', async (registry) => {
    const name = registry.repository()
    await registry.pushImage(name, 'v1')
    for (const accept of ['*/*', 'application/json', 'text/html;q=0.1', '']) {
      const answer = await registry.send('GET', `/v2/${name}/manifests/v1`, { headers: { accept } })
      expect(answer.headers['content-type']).toBe(OCI_MANIFEST)
    }
  }),
]

/** The headers of GET that HEAD has to have, too, and the answer of HEAD. */
async function both(
  registry: Parameters<Case['run']>[0],
  path: string,
): Promise<[Record<string, string | undefined>, Awaited<ReturnType<typeof registry.send>>]> {
  const headers = { accept: OCI_MANIFEST }
  const get = await registry.send('GET', path, { headers })
  const wanted = { ...get.headers }
  delete wanted.date
  return [wanted, await registry.send('HEAD', path, { headers })]
}
