/** Content discovery: tags, repositories, referrers (spec.md, "Content Discovery"). */
import { expect } from 'vitest'
import type { WireAnswer } from './wire'
import {
  codes,
  core,
  digestOf,
  full,
  indexOf,
  json,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
  type Case,
  type RegistryUnderTest,
  type Sent,
} from './registry-under-test'

/** Follows the links of a list from its first page. */
async function follow(registry: RegistryUnderTest, path: string): Promise<WireAnswer[]> {
  const found: WireAnswer[] = []
  for (let next: string | undefined = path; next !== undefined;) {
    const answer = await registry.send('GET', next)
    expect(answer.status).toBe(200)
    found.push(answer)
    next = /^<([^>]+)>; *rel="next"$/.exec(answer.headers.link ?? '')?.[1]
  }
  return found
}

async function pages(
  registry: RegistryUnderTest,
  path: string,
  key: 'tags' | 'repositories',
): Promise<string[][]> {
  const answers = await follow(registry, path)
  return answers.map((answer) => (json(answer) as Record<typeof key, string[]>)[key])
}

function descriptor({ digest, bytes }: Sent): object {
  return { mediaType: OCI_MANIFEST, digest, size: bytes.length }
}

export const DISCOVERY: Case[] = [
  core('lists tags', async (registry) => {
    const name = registry.repository()
    const { bytes } = await registry.pushImage(name, 'b')
    for (const tag of ['c', 'a', '0']) await registry.putManifest(name, tag, bytes)
    const answer = await registry.send('GET', `/v2/${name}/tags/list`)
    const list = json(answer) as { name: string; tags: string[] }
    expect({ ...list, tags: list.tags.sort() }).toEqual({ name, tags: ['0', 'a', 'b', 'c'] })
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
    expect(answer.headers.link).toBeUndefined()
  }),
  full('orders tags without regard to case', async (registry) => {
    const name = registry.repository()
    const { bytes } = await registry.pushImage(name, 'Beta')
    for (const tag of ['alpha', 'gamma', 'beta', '_x']) await registry.putManifest(name, tag, bytes)
    const answer = await registry.send('GET', `/v2/${name}/tags/list`)
    expect(json(answer)).toEqual({ name, tags: ['_x', 'alpha', 'Beta', 'beta', 'gamma'] })
  }),
  full('lists tags in pages', async (registry) => {
    const name = registry.repository()
    const { bytes } = await registry.pushImage(name, 't0')
    for (let at = 1; at < 7; at++) await registry.putManifest(name, `t${at}`, bytes)
    const path = `/v2/${name}/tags/list`
    const three = [['t0', 't1', 't2'], ['t3', 't4', 't5'], ['t6']]
    expect(await pages(registry, `${path}?n=3`, 'tags')).toEqual(three)
    expect(await pages(registry, `${path}?n=7`, 'tags')).toEqual([three.flat()])
    expect(await pages(registry, `${path}?n=2&last=t4`, 'tags')).toEqual([['t5', 't6']])
    expect(await pages(registry, `${path}?last=t44`, 'tags')).toEqual([['t5', 't6']])
    expect(await pages(registry, `${path}?last=z`, 'tags')).toEqual([[]])
    expect(await pages(registry, `${path}?n=0`, 'tags')).toEqual([[]])
    expect(await pages(registry, `${path}?n=99999999999`, 'tags')).toEqual([three.flat()])
    for (const n of ['-1', 'many', '']) {
      const odd = await registry.send('GET', `${path}?n=${n}`)
      expect([odd.status, codes(odd)]).toEqual([400, ['UNSUPPORTED']])
    }
  }),
  core('does not know the tags of an unknown repository', async (registry) => {
    const answer = await registry.send('GET', `/v2/${registry.repository()}/tags/list`)
    expect([answer.status, codes(answer)]).toEqual([404, ['NAME_UNKNOWN']])
  }),
  core('lists repositories in pages', async (registry) => {
    const names = [registry.repository(), registry.repository(), registry.repository()]
    for (const name of names) await registry.pushImage(name, 'v1')
    const found = await pages(registry, '/v2/_catalog?n=2', 'repositories')
    for (const page of found.slice(0, -1)) expect(page).toHaveLength(2)
    const all = found.flat()
    expect(all.filter((name) => names.includes(name))).toHaveLength(3)
    expect(new Set(all).size).toBe(all.length)
  }),
  full('lists repositories behind a name, and none at all', async (registry) => {
    const name = registry.repository()
    await registry.pushImage(`${name}/a`, 'v1')
    await registry.pushImage(`${name}/b`, 'v1')
    const behind = await registry.send('GET', `/v2/_catalog?n=1&last=${name}/a`)
    expect(json(behind)).toEqual({ repositories: [`${name}/b`] })
    expect(json(await registry.send('GET', '/v2/_catalog?n=0'))).toEqual({ repositories: [] })
  }),
  full('lists referrers with type and annotations', async (registry) => {
    const name = registry.repository()
    const image = await registry.pushImage(name, 'v1')
    const subject = descriptor(image)
    const annotations = { 'org.example.kind': 'test' }
    const signature = await registry.pushImage(name, undefined, {
      ...{ subject, artifactType: 'application/vnd.example.signature', annotations },
    })
    const plain = await registry.pushImage(name, 'with-a-tag', { subject })
    const index = indexOf([image], { subject, artifactType: 'application/vnd.example.sbom' })
    expect((await registry.putManifest(name, index.digest, index.bytes, OCI_INDEX)).status).toBe(
      201,
    )
    const answer = await registry.send('GET', `/v2/${name}/referrers/${image.digest}`)
    expect([answer.status, answer.headers['content-type']]).toEqual([200, OCI_INDEX])
    expect(answer.headers['oci-filters-applied']).toBeUndefined()
    const list = json(answer) as { schemaVersion: number; mediaType: string; manifests: object[] }
    expect(list).toMatchObject({ schemaVersion: 2, mediaType: OCI_INDEX })
    expect(list.manifests).toHaveLength(3)
    expect(list.manifests).toEqual(
      expect.arrayContaining([
        {
          ...descriptor(signature),
          artifactType: 'application/vnd.example.signature',
          annotations,
        },
        { ...descriptor(plain), artifactType: 'application/vnd.oci.image.config.v1+json' },
        {
          ...descriptor(index),
          ...{ mediaType: OCI_INDEX, artifactType: 'application/vnd.example.sbom' },
        },
      ]),
    )
  }),
  full(
    'takes the type of the config for one that is empty, and an empty filter for none',
    async (registry) => {
      const name = registry.repository()
      const image = await registry.pushImage(name, 'v1')
      const subject = descriptor(image)
      const empty = await registry.pushImage(name, undefined, { subject, artifactType: '' })
      const index = indexOf([], { subject, artifactType: '' })
      await registry.putManifest(name, index.digest, index.bytes, OCI_INDEX)
      const path = `/v2/${name}/referrers/${image.digest}`
      for (const query of ['', '?artifactType=']) {
        const answer = await registry.send('GET', path + query)
        expect(answer.headers['oci-filters-applied']).toBeUndefined()
        const { manifests } = json(answer) as { manifests: object[] }
        expect(manifests).toHaveLength(2)
        expect(manifests).toEqual(
          expect.arrayContaining([
            { ...descriptor(empty), artifactType: OCI_CONFIG },
            { ...descriptor(index), mediaType: OCI_INDEX },
          ]),
        )
      }
    },
  ),
  full('lists referrers in pages that are no larger than a manifest may be', async (registry) => {
    const name = registry.repository()
    const image = await registry.pushImage(name, 'v1')
    const artifactType = 'application/vnd.example+large'
    const fields = {
      ...{ subject: descriptor(image), artifactType },
      annotations: { large: 'x'.repeat(1_800_000) },
    }
    const sent: Sent[] = []
    for (let at = 0; at < 3; at++) sent.push(await registry.pushImage(name, undefined, fields))
    await registry.pushImage(name, undefined, { ...fields, artifactType: 'a/other' })
    const filter = new URLSearchParams({ artifactType })
    const path = `/v2/${name}/referrers/${image.digest}?${filter}`
    const answers = await follow(registry, path)
    for (const { headers, body } of answers) {
      expect([headers['oci-filters-applied'], headers['content-type']]).toEqual([
        ...['artifactType', OCI_INDEX],
      ])
      expect(body.length).toBeLessThanOrEqual(4 * 2 ** 20)
    }
    const found = answers.map((answer) => json(answer) as { manifests: { digest: string }[] })
    expect(found.map(({ manifests }) => manifests.length)).toEqual([2, 1])
    expect(found.flatMap(({ manifests }) => manifests.map(({ digest }) => digest))).toEqual(
      sent.map(({ digest }) => digest).sort(),
    )
  }),
  full('filters referrers by type', async (registry) => {
    const name = registry.repository()
    const image = await registry.pushImage(name, 'v1')
    const subject = descriptor(image)
    const one = await registry.pushImage(name, undefined, { subject, artifactType: 'a/one+x' })
    await registry.pushImage(name, undefined, { subject, artifactType: 'a/two' })
    const path = `/v2/${name}/referrers/${image.digest}?artifactType=`
    const answer = await registry.send('GET', path + encodeURIComponent('a/one+x'))
    expect(answer.headers['oci-filters-applied']).toBe('artifactType')
    expect(json(answer)).toMatchObject({ manifests: [{ digest: one.digest }] })
    expect(json(await registry.send('GET', `${path}a/none`))).toMatchObject({ manifests: [] })
  }),
  full('has an empty list of referrers for what nobody knows', async (registry) => {
    const known = registry.repository()
    await registry.pushImage(known, 'v1')
    for (const name of [known, registry.repository()]) {
      const answer = await registry.send('GET', `/v2/${name}/referrers/${digestOf(name)}`)
      expect([answer.status, answer.headers['content-type']]).toEqual([200, OCI_INDEX])
      expect(json(answer)).toMatchObject({ schemaVersion: 2, manifests: [] })
    }
    const odd = await registry.send('GET', `/v2/${known}/referrers/nonsense`)
    expect([odd.status, codes(odd)]).toEqual([400, ['DIGEST_INVALID']])
  }),
  full('lists what clients without the API put behind the fallback tag', async (registry) => {
    const name = registry.repository()
    const image = await registry.pushImage(name, 'v1')
    const referrer = await registry.pushImage(name, undefined, { subject: descriptor(image) })
    const fallback = indexOf([referrer])
    const tag = image.digest.replace(':', '-')
    expect((await registry.putManifest(name, tag, fallback.bytes, OCI_INDEX)).status).toBe(201)
    const answer = await registry.send('GET', `/v2/${name}/referrers/${image.digest}`)
    expect(json(answer)).toMatchObject({ manifests: [{ digest: referrer.digest }] })
    const read = await registry.getManifest(name, tag)
    expect(read.body.equals(fallback.bytes)).toBe(true)
  }),
  full('forgets a referrer that was deleted', async (registry) => {
    const name = registry.repository()
    const image = await registry.pushImage(name, 'v1')
    const referrer = await registry.pushImage(name, 'r', { subject: descriptor(image) })
    const gone = await registry.send('DELETE', `/v2/${name}/manifests/${referrer.digest}`)
    expect(gone.status).toBe(202)
    const answer = await registry.send('GET', `/v2/${name}/referrers/${image.digest}`)
    expect(json(answer)).toMatchObject({ manifests: [] })
  }),
]
