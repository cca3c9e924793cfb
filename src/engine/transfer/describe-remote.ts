/** An image in a registry, described from its manifest and its config: nothing is pulled. */
import type { RemoteImageDetails } from '@shared/lamina-api'
import { LaminaError } from '@shared/errors'
import { parseIndex, parseManifest, type Platform } from '../oci/manifest'
import { isIndexType, isManifestType } from '../oci/media-types'
import type { RegistryClient } from '../registry/client/client'
import type { RemoteManifest } from '../registry/client/manifests'
import { choosePlatform, platformName } from './platform'
import { readSmallBlob } from './remote-image'

/** Errors: those of the client, `document_invalid`, `digest_mismatch`. */
export async function describeRemote(
  client: RegistryClient,
  repository: string,
  reference: string,
  wanted: Platform,
  signal?: AbortSignal,
): Promise<RemoteImageDetails> {
  const found = await client.getManifest(repository, reference, signal)
  const { digest, mediaType, bytes } = found
  const shown = { digest, mediaType, raw: bytes.toString('utf8') }
  if (!isIndexType(mediaType)) {
    return { ...shown, platforms: null, image: await describe(client, repository, found, signal) }
  }
  const name = `${client.endpoint.address}/${repository}`
  const index = parseIndex(bytes, name)
  const platforms = index.manifests.map(({ platform, annotations, ...entry }) => ({
    platform: platform ? platformName(platform) : null,
    digest: entry.digest,
    size: entry.size,
    mediaType: entry.mediaType,
    attests: annotations?.['vnd.docker.reference.digest'] ?? null,
  }))
  const chosen = orNull(() => choosePlatform(index, wanted, name))
  const manifest = chosen && (await client.getManifest(repository, chosen.digest, signal))
  const image =
    manifest && isManifestType(manifest.mediaType)
      ? await describe(client, repository, manifest, signal)
      : null
  return { ...shown, platforms, image }
}

async function describe(
  client: RegistryClient,
  repository: string,
  { digest, bytes }: RemoteManifest,
  signal: AbortSignal | undefined,
): Promise<NonNullable<RemoteImageDetails['image']>> {
  const { config, layers } = parseManifest(bytes, `${client.endpoint.address}/${repository}`)
  const raw = (await readSmallBlob(client, repository, config, signal)).toString('utf8')
  const known = summary(raw)
  return {
    digest,
    id: config.digest,
    platform: known.platform,
    created: known.created,
    size: layers.reduce((bytes, { size }) => bytes + size, config.size),
    config: raw,
    layers: layers.map((layer, at) => ({
      digest: layer.digest,
      diffId: known.diffIds[at] ?? null,
      size: layer.size,
      mediaType: layer.mediaType,
    })),
  }
}

/** As much of a config as is there: artifacts have any. */
function summary(config: string): { platform: string; created: string | null; diffIds: string[] } {
  const value = orNull(() => JSON.parse(config) as unknown)
  const field = (from: unknown, name: string): unknown =>
    from !== null && typeof from === 'object' ? Reflect.get(from, name) : undefined
  const text = (from: unknown, name: string): string => {
    const found = field(from, name)
    return typeof found === 'string' ? found : ''
  }
  const [os, architecture, variant] = ['os', 'architecture', 'variant'].map((one) =>
    text(value, one),
  )
  const diffIds = field(field(value, 'rootfs'), 'diff_ids')
  return {
    platform: [os, architecture, variant].filter(Boolean).join('/'),
    created: text(value, 'created') || null,
    diffIds: Array.isArray(diffIds) ? diffIds.filter((one) => typeof one === 'string') : [],
  }
}

function orNull<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof SyntaxError) return null
    if (error instanceof LaminaError && error.code === 'platform_missing') return null
    throw error
  }
}
