/** Changes that are made only to what a client has seen (RFC 9110, 13; spec.md, "Referrers Tag Schema"). */
import { expect } from 'vitest'
import {
  codes,
  full,
  OCI_MANIFEST,
  type Case,
  type RegistryUnderTest,
  type Sent,
} from './registry-under-test'

function putIf(
  registry: RegistryUnderTest,
  target: string,
  { bytes }: Sent,
  condition: Record<string, string>,
) {
  const headers = { 'content-type': OCI_MANIFEST, ...condition }
  return registry.send('PUT', target, { headers, body: bytes })
}

export const CONDITIONS: Case[] = [
  full(
    'moves a tag only from where If-Match says, and makes one only if it is new',
    async (registry) => {
      const name = registry.repository()
      const [one, two] = [await registry.image(name), await registry.image(name)]
      const target = `/v2/${name}/manifests/v1`
      const nowhere = await putIf(registry, target, one, { 'if-match': '*' })
      expect([nowhere.status, codes(nowhere)]).toEqual([412, ['DENIED']])
      expect((await putIf(registry, target, one, { 'if-none-match': '*' })).status).toBe(201)
      const refused: Record<string, string>[] = [
        { 'if-none-match': '*' },
        { 'if-none-match': `"${one.digest}"` },
        { 'if-match': `"${two.digest}"` },
        { 'if-match': `W/"${one.digest}"` },
        { 'if-match': one.digest },
      ]
      for (const condition of refused) {
        const put = await putIf(registry, target, two, condition)
        expect([condition, put.status, codes(put)]).toEqual([condition, 412, ['DENIED']])
        expect(put.headers.etag).toBe(`"${one.digest}"`)
        const gone = await registry.send('DELETE', target, { headers: condition })
        expect([condition, gone.status]).toEqual([condition, 412])
      }
      const now = await registry.getManifest(name, 'v1')
      expect(now.headers['docker-content-digest']).toBe(one.digest)
      const listed = { 'if-match': `"${two.digest}", ${now.headers.etag}` }
      expect((await putIf(registry, target, two, listed)).status).toBe(201)
      const headers = { 'if-match': `"${two.digest}"` }
      expect((await registry.send('DELETE', target, { headers })).status).toBe(202)
      expect((await registry.send('DELETE', target, { headers })).status).toBe(404)
    },
  ),
  full('lets one of many win who have seen the same', async (registry) => {
    const name = registry.repository()
    const target = `/v2/${name}/manifests/v1`
    let condition: Record<string, string> = { 'if-none-match': '*' }
    for (let round = 0; round < 3; round++) {
      // Known by their digests already, so that nothing keeps them apart.
      const images = await Promise.all(Array.from({ length: 8 }, () => registry.pushImage(name)))
      const puts = await Promise.all(
        images.map((image) => putIf(registry, target, image, condition)),
      )
      const winners = puts.filter(({ status }) => status === 201)
      expect(puts.filter(({ status }) => status === 412)).toHaveLength(images.length - 1)
      expect(winners).toHaveLength(1)
      const { headers } = await registry.getManifest(name, 'v1')
      expect(headers['docker-content-digest']).toBe(winners[0]?.headers['docker-content-digest'])
      condition = { 'if-match': headers.etag as string }
    }
  }),
]
