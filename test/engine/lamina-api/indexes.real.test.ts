import { createServer, request as forward } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { RemoteImageDetails } from '@shared/lamina-api'
import { digestOf } from '../../../src/engine/oci/digest'
import {
  OCI_CONFIG,
  OCI_INDEX,
  OCI_LAYER_GZIP,
  OCI_MANIFEST,
} from '../../../src/engine/oci/media-types'
import { RegistryClient } from '../../../src/engine/registry/client/client'
import { endpointOf } from '../../../src/engine/registry/client/endpoint'
import type { TestRegistry } from '../../support/registry'
import { at, auth, copyLines, engineOf, folder, registryOf, statuses } from './transfers'
import { blobOf } from '../registry/client/clients'
import { gzipSync } from 'node:zlib'
import { tarOf } from '../support'

/** An index of two platforms and an attestation, as buildx makes it; its digest. */
async function putIndex(registry: TestRegistry, repository: string, tag: string): Promise<string> {
  const client = new RegistryClient(endpointOf(registry.address, 'http'))
  onTestFinished(() => client.close())
  const put = async (bytes: Buffer) => {
    await client.uploadBlob(repository, blobOf(bytes))
    return { digest: digestOf(bytes), size: bytes.length }
  }
  const manifests = []
  for (const architecture of ['amd64', 'arm64']) {
    const tar = await tarOf({ [`etc/${architecture}`]: architecture.repeat(50_000) })
    const diffId = digestOf(tar)
    const rootfs = { type: 'layers', diff_ids: [diffId] }
    const created = '2026-01-02T03:04:05Z'
    const config = { architecture, os: 'linux', created, config: {}, rootfs }
    const manifest = {
      ...{ schemaVersion: 2, mediaType: OCI_MANIFEST },
      config: { mediaType: OCI_CONFIG, ...(await put(Buffer.from(JSON.stringify(config)))) },
      layers: [{ mediaType: OCI_LAYER_GZIP, ...(await put(gzipSync(tar))) }],
    }
    const bytes = Buffer.from(JSON.stringify(manifest))
    const digest = digestOf(bytes)
    await client.putManifest(repository, digest, { mediaType: OCI_MANIFEST, bytes })
    const platform = { os: 'linux', architecture }
    manifests.push({ mediaType: OCI_MANIFEST, digest, size: bytes.length, platform })
  }
  const empty = 'application/vnd.oci.empty.v1+json'
  const attestation = {
    ...{ schemaVersion: 2, mediaType: OCI_MANIFEST, artifactType: empty },
    config: { mediaType: empty, ...(await put(Buffer.from('{}'))) },
    layers: [
      { mediaType: 'application/vnd.in-toto+json', ...(await put(Buffer.from('{"a":"b"}'))) },
    ],
  }
  const bytes = Buffer.from(JSON.stringify(attestation))
  await client.putManifest(repository, digestOf(bytes), { mediaType: OCI_MANIFEST, bytes })
  const index = {
    ...{ schemaVersion: 2, mediaType: OCI_INDEX },
    manifests: [
      ...manifests,
      {
        ...{ mediaType: OCI_MANIFEST, digest: digestOf(bytes), size: bytes.length },
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': manifests[0]?.digest ?? '',
        },
      },
    ],
  }
  const document = Buffer.from(JSON.stringify(index))
  return client.putManifest(repository, tag, { mediaType: OCI_INDEX, bytes: document })
}

/** A registry before the real one that takes no index, as ACR says it. */
async function withoutIndexes(registry: TestRegistry): Promise<string> {
  const server = createServer((asked, answer) => {
    if (asked.method === 'PUT' && asked.headers['content-type'] === OCI_INDEX) {
      asked.resume()
      answer.writeHead(400, { 'content-type': 'application/json' })
      const message = 'unknown manifest class for application/vnd.oci.empty.v1+json'
      answer.end(JSON.stringify({ errors: [{ code: 'MANIFEST_INVALID', message }] }))
      return
    }
    const { method, url: path, headers } = asked
    const onward = forward({ host: '127.0.0.1', port: registry.port, method, path, headers })
    onward.on('response', (got) => got.pipe(answer.writeHead(got.statusCode ?? 502, got.headers)))
    asked.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('an index', () => {
  it('goes as a whole to a registry and into an OCI archive, and comes out the same', async () => {
    const [registry, other, engine] = [await registryOf(), await registryOf(), await engineOf()]
    const digest = await putIndex(registry, 'multi/image', '1')
    const source = at(registry, 'multi/image:1')
    const all = { source, target: at(other, 'copy/image:1'), platform: 'all' }
    const first = await copyLines(engine, all)
    expect(first.result).toMatchObject({ digest, id: digest, upToDate: false })
    expect(statuses(first.lines)).toEqual(Array(6).fill('Pushed'))
    expect((await copyLines(engine, all)).result).toMatchObject({ digest, upToDate: true })

    const archive = { kind: 'archive' as const, path: join(await folder(), 'all.tar') }
    const target = { ...archive, reference: 'multi/image:1' }
    await copyLines(engine, { source, target, platform: 'all' })
    const named = { ...archive, image: 'multi/image:1' }
    const back = { source: named, target: at(other, 'copy/archived:1'), platform: 'all' }
    expect((await copyLines(engine, back)).result.digest).toBe(digest)

    const arm = { source: named, target: at(other, 'copy/arm:1'), platform: 'linux/arm64' }
    const one = (await copyLines(engine, arm)).result
    expect(one.digest).not.toBe(digest)
    const details = await engine.call('POST', '/lamina/v1/registry/image', {
      ...{ address: registry.address, protocol: 'http', username: null, password: null },
      ...{ repository: 'multi/image', reference: '1', platform: 'linux/arm64' },
    })
    const shown = details.json as RemoteImageDetails
    expect(shown.image).toMatchObject({
      ...{ digest: one.digest, id: one.id, platform: 'linux/arm64' },
      created: '2026-01-02T03:04:05Z',
    })
    expect(shown.platforms?.map(({ platform }) => platform)).toEqual([
      'linux/amd64',
      'linux/arm64',
      'unknown/unknown',
    ])
    expect(shown.platforms?.[2]?.attests).toBe(shown.platforms?.[0]?.digest)

    const store = { kind: 'store' as const, reference: 'multi/image:1' }
    await expect(
      copyLines(engine, { source, target: store, platform: 'all' }),
    ).rejects.toMatchObject({ code: 'one_platform_only' })
  })

  it('that a registry refuses leads to its platforms', async () => {
    const [registry, engine] = [await registryOf(), await engineOf()]
    await putIndex(registry, 'multi/image', '1')
    const strict = { address: await withoutIndexes(registry) }
    const source = at(registry, 'multi/image:1')
    const target = at(strict, 'refused/image:1')
    await expect(copyLines(engine, { source, target, platform: 'all' })).rejects.toMatchObject({
      code: 'registry_refused_index',
      params: { repository: 'refused/image', platforms: 'linux/amd64, linux/arm64' },
    })
    expect((await registry.request('/v2/refused/image/manifests/1')).status).toBe(404)
    const { result } = await copyLines(engine, { source, target, platform: 'linux/amd64' })
    expect(result.digest).toMatch(/^sha256:/)
  })
})

describe('a push that is denied', () => {
  it('says whether the repository or the right is missing, as far as that can be told', async () => {
    const users = { mei: 'secret', wang: 'secret' }
    const allow = (user: string | null, name: string, actions: string[]) => {
      if (!user || name.startsWith('hidden/')) return []
      return user === 'mei' && name.startsWith('mhk/')
        ? actions
        : actions.filter((a) => a === 'pull')
    }
    const registry = await registryOf({ auth: { kind: 'token', users, allow } })
    const engine = await engineOf()
    await engine.call('POST', '/lamina/v1/sample')
    const push = (user: string, name: string) =>
      copyLines(
        engine,
        { source: { kind: 'store', image: 'lamina/sample' }, target: at(registry, name) },
        auth(user, 'secret'),
      )
    await push('mei', 'mhk/app:1')
    const { address } = registry
    await expect(push('wang', 'mhk/app:1')).rejects.toMatchObject({
      code: 'registry_denied_rights',
      params: { address, repository: 'mhk/app' },
    })
    await expect(push('mei', 'nowhere/app:1')).rejects.toMatchObject({
      code: 'registry_denied_missing',
      params: { address, repository: 'nowhere/app', namespace: 'nowhere' },
    })
    await expect(push('mei', 'hidden/app:1')).rejects.toMatchObject({ code: 'registry_denied' })
  })
})
