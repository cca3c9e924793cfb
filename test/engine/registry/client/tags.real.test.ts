import { describe, expect, it } from 'vitest'
import { digestOf } from '../../../../src/engine/oci/digest'
import { OCI_INDEX, OCI_MANIFEST } from '../../../../src/engine/oci/media-types'
import { servers } from '../server/servers'
import { clientOf, codeOf, pushSmall, registryOf } from './clients'

const startServer = servers()

describe('tags of one digest', () => {
  it('are all found, and one goes alone where the registry deletes only manifests', async () => {
    const registry = await registryOf()
    const client = clientOf(registry.address)
    const digest = digestOf(await tagThrice(client))
    await pushSmall(client, 'a/b', 'other')
    expect((await client.namesakesOf('a/b', digest)).tags).toEqual(['1', '1.0', 'latest'])
    const kept = await client.deleteTag('a/b', '1.0', { siblings: 'keep' })
    expect(kept).toEqual({ digest, how: 'moved', removed: ['1.0'] })
    expect((await client.namesakesOf('a/b', digest)).tags).toEqual(['1', 'latest'])
    expect(await client.headManifest('a/b', '1.0')).toBeNull()
    const all = await client.deleteTag('a/b', '1', { siblings: 'remove' })
    expect(all).toEqual({ digest, how: 'manifest', removed: ['1', 'latest'] })
    expect(await client.headManifest('a/b', 'latest')).toBeNull()
    expect(await client.headManifest('a/b', 'other')).not.toBeNull()
    expect(await codeOf(client.deleteTag('a/b', '1', { siblings: 'keep' }))).toBe(
      'manifest_unknown',
    )
  })

  it('go one by one where the registry deletes tags', async () => {
    const server = await startServer()
    const client = clientOf(`127.0.0.1:${server.port}`)
    const digest = digestOf(await tagThrice(client))
    expect(await client.deleteTag('a/b', '1.0', { siblings: 'keep' })).toEqual({
      digest,
      how: 'tag',
      removed: ['1.0'],
    })
    expect((await client.namesakesOf('a/b', digest)).tags).toEqual(['1', 'latest'])
    expect(await client.deleteTag('a/b', '1', { siblings: 'remove' })).toEqual({
      digest,
      how: 'manifest',
      removed: ['1', 'latest'],
    })
    expect(await client.tags('a/b')).toEqual([])
  })

  it('stay where the tag is another image’s by now, and where nothing may be deleted', async () => {
    for (const deletes of [true, false]) {
      const registry = await registryOf({ deletes })
      const client = clientOf(registry.address)
      const digest = digestOf(await tagThrice(client))
      const other = await pushSmall(client, 'a/b', 'other')
      const wrong = { siblings: 'remove', expected: other } as const
      expect(await codeOf(client.deleteTag('a/b', '1', wrong))).toBe('changed_meanwhile')
      if (deletes) continue
      for (const siblings of ['keep', 'remove'] as const) {
        const refused = client.deleteTag('a/b', '1.0', { siblings })
        expect(await codeOf(refused)).toBe('registry_delete_refused')
      }
      const tags = ['1', '1.0', 'latest', 'none']
      expect(await client.digestsOfTags('a/b', tags)).toEqual(
        new Map(tags.map((tag) => [tag, tag === 'none' ? null : digest])),
      )
    }
  })
})

describe.each([
  ['docker-registry', async () => (await registryOf()).address, 'moved'],
  ['Lamina’s registry', async () => `127.0.0.1:${(await startServer()).port}`, 'tag'],
] as const)('an image that is part of an index, at %s', (_name, start, how) => {
  it('stays for it, whatever happens to its tags', async () => {
    const client = clientOf(await start())
    const bytes = await tagThrice(client)
    const digest = digestOf(bytes)
    const entry = { mediaType: OCI_MANIFEST, digest, size: bytes.length }
    const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [entry] }
    const whole = { mediaType: OCI_INDEX, bytes: Buffer.from(JSON.stringify(index)) }
    for (const tag of ['multi', 'also']) await client.putManifest('a/b', tag, whole)
    expect(await client.namesakesOf('a/b', digest)).toEqual({
      tags: ['1', '1.0', 'latest'],
      indexes: ['also', 'multi'],
    })
    const one = await client.deleteTag('a/b', '1.0', { siblings: 'keep' })
    expect(one).toEqual({ digest, how, removed: ['1.0'] })
    const rest = await client.deleteTag('a/b', '1', { siblings: 'remove' })
    expect(rest).toEqual({ digest, how, removed: ['1', 'latest'] })
    expect(await client.tags('a/b')).toEqual(['also', 'multi'])
    expect((await client.getManifest('a/b', digest)).bytes).toEqual(bytes)
    // The last tags of the index take it along; the image has no name and no index left then.
    const gone = await client.deleteTag('a/b', 'multi', { siblings: 'remove' })
    expect(gone).toMatchObject({ how: 'manifest', removed: ['also', 'multi'] })
  })

  it.each([2, 4, 6])('is found below %i levels of indexes', async (levels) => {
    const client = clientOf(await start())
    const bytes = await tagThrice(client)
    await pushSmall(client, 'a/b', 'other')
    const { digest: other } = await client.getManifest('a/b', 'other')
    let entry = { mediaType: OCI_MANIFEST, digest: digestOf(bytes), size: bytes.length }
    for (let level = 1; level <= levels; level++) {
      const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [entry] }
      const document = { mediaType: OCI_INDEX, bytes: Buffer.from(JSON.stringify(index)) }
      const digest = digestOf(document.bytes)
      await client.putManifest('a/b', level === levels ? 'deep' : digest, document)
      entry = { mediaType: OCI_INDEX, digest, size: document.bytes.length }
    }
    expect((await client.namesakesOf('a/b', digestOf(bytes))).indexes).toEqual(['deep'])
    // Deeper than one looks, everything may be needed.
    const seen = (await client.namesakesOf('a/b', other)).indexes
    expect(seen).toEqual(levels > 4 ? ['deep'] : [])
    const rest = await client.deleteTag('a/b', '1', { siblings: 'remove' })
    expect(rest.how).toBe(how)
    expect((await client.getManifest('a/b', digestOf(bytes))).bytes).toEqual(bytes)
  })
})

/** One image under three tags; its manifest. */
async function tagThrice(client: ReturnType<typeof clientOf>): Promise<Buffer> {
  await pushSmall(client, 'a/b', '1')
  const { mediaType, bytes } = await client.getManifest('a/b', '1')
  for (const tag of ['1.0', 'latest']) await client.putManifest('a/b', tag, { mediaType, bytes })
  return bytes
}
