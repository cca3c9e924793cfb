/** What every registry gets to see sooner or later: bad names, wrong methods, routes of nowhere. */
import { expect } from 'vitest'
import { codes, core, digestOf, full, type Case } from './registry-under-test'

const BAD_NAMES = [
  'UPPER/case',
  'a//b',
  '-a',
  'a-',
  'a..b',
  '.a',
  'a___b',
  'ä',
  'a b',
  '..',
  'a/../b',
  'a/%2e%2e/b',
  '%2e%2e/%2e%2e/etc',
  'a%00b',
  'x'.repeat(256),
  `${'y/'.repeat(127)}yy`,
]

export const REFUSALS: Case[] = [
  full('refuses names that are none, and stays where it is', async (registry) => {
    for (const name of BAD_NAMES) {
      const encoded = name.replace(/[ä ]/g, encodeURIComponent)
      const rows = [
        ['GET', `/v2/${encoded}/manifests/v1`],
        ['PUT', `/v2/${encoded}/manifests/v1`],
        ['GET', `/v2/${encoded}/blobs/${digestOf('x')}`],
        ['POST', `/v2/${encoded}/blobs/uploads/`],
        ['GET', `/v2/${encoded}/tags/list`],
      ] as const
      for (const [method, path] of rows) {
        const answer = await registry.send(method, path)
        expect([path, answer.status, codes(answer)]).toEqual([path, 400, ['NAME_INVALID']])
      }
    }
  }),
  core('takes names at the limit', async (registry) => {
    const tail = registry.repository().replace(/[^a-z0-9]/g, '')
    for (const name of [`a__b.c-d---e/0/${tail}`, `${'x'.repeat(200)}/${tail}`]) {
      await registry.pushImage(name, 'v1')
      expect((await registry.getManifest(name, 'v1')).status).toBe(200)
    }
  }),
  full('takes names of segments that are also words of the API', async (registry) => {
    const name = `${registry.repository()}/blobs/uploads/manifests/tags`
    const image = await registry.pushImage(name, 'list')
    const answer = await registry.getManifest(name, 'list')
    expect(answer.headers['docker-content-digest']).toBe(image.digest)
    expect((await registry.send('GET', `/v2/${name}/tags/list`)).status).toBe(200)
  }),
  full('refuses tags that are none', async (registry) => {
    const name = registry.repository()
    const { bytes } = await registry.image(name)
    for (const tag of ['.x', '-x', 'x'.repeat(129), 'a%20b', 'a+b', '%2e%2e', 'ä']) {
      const path = tag.replace('ä', '%C3%A4')
      const put = await registry.putManifest(name, path, bytes)
      expect([tag, put.status, codes(put)]).toEqual([tag, 400, ['TAG_INVALID']])
      expect((await registry.getManifest(name, path)).status).toBe(404)
    }
    for (const tag of ['_', 'A', 'x'.repeat(128), '1.0-rc_2'])
      expect((await registry.putManifest(name, tag, bytes)).status).toBe(201)
  }),
  full('refuses digests that are none', async (registry) => {
    const name = registry.repository()
    await registry.pushImage(name, 'v1')
    const digests = ['sha256:12', `sha256:${'A'.repeat(64)}`, `md5:${'a'.repeat(32)}`, 'sha256:%2e']
    for (const digest of digests) {
      for (const kind of ['blobs', 'manifests', 'referrers']) {
        const answer = await registry.send('GET', `/v2/${name}/${kind}/${digest}`)
        expect([digest, answer.status, codes(answer)]).toEqual([digest, 400, ['DIGEST_INVALID']])
      }
    }
  }),
  full('says in JSON that there is no such route', async (registry) => {
    const paths = [
      '/',
      '/v1/',
      '/v2/x',
      '/v2/a/b',
      '/v2/a/what/b',
      '/v2/tags/list',
      '/v2/%ff/',
      '/v3',
    ]
    for (const path of paths) {
      const answer = await registry.send('GET', path)
      expect([path, answer.status, codes(answer)]).toEqual([path, 404, ['UNSUPPORTED']])
    }
  }),
  full('says in JSON which methods it does not have', async (registry) => {
    const name = registry.repository()
    const image = await registry.pushImage(name, 'v1')
    const rows = [
      ['POST', '/v2/', 'GET, HEAD'],
      ['DELETE', '/v2/_catalog', 'GET, HEAD'],
      ['PUT', `/v2/${name}/tags/list`, 'GET, HEAD'],
      ['PATCH', `/v2/${name}/manifests/v1`, 'GET, HEAD, PUT, DELETE'],
      ['PUT', `/v2/${name}/blobs/${image.digest}`, 'GET, HEAD, DELETE'],
      ['GET', `/v2/${name}/blobs/uploads/`, 'POST'],
      ['DELETE', `/v2/${name}/referrers/${image.digest}`, 'GET, HEAD'],
    ] as const
    for (const [method, path, allow] of rows) {
      const answer = await registry.send(method, path)
      expect([path, answer.status, answer.headers.allow]).toEqual([path, 405, allow])
      expect(codes(answer)).toEqual(['UNSUPPORTED'])
    }
  }),
  core('does not know uploads that were never begun', async (registry) => {
    const name = registry.repository()
    await registry.pushImage(name, 'v1')
    const path = `/v2/${name}/blobs/uploads/00000000-0000-4000-8000-000000000000`
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const answer = await registry.send(method, path)
      expect(answer.status).toBe(404)
      expect(codes(answer)[0]).toMatch(/^BLOB_UPLOAD_/)
    }
  }),
  full('keeps to its folder whatever an upload is called', async (registry) => {
    const name = registry.repository()
    const ids = ['..', '%2e%2e', '..%2f..%2flock', '%2fetc%2fpasswd', '.json', '%00']
    for (const id of ids) {
      for (const method of ['GET', 'PATCH', 'DELETE']) {
        const answer = await registry.send(method, `/v2/${name}/blobs/uploads/${id}`)
        expect([id, [400, 404, 405].includes(answer.status)]).toEqual([id, true])
      }
    }
  }),
]
