/** Image archives with one thing wrong: good ones, whose parts a case replaces. */
import { makeTar, sha256, type TarEntry } from '../cli/harness/tar'

export const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
export const digest = (bytes: Buffer): string => `sha256:${sha256(bytes)}`

/** The one layer of an image that nothing is wrong with. */
export const goodLayer = (): Promise<Buffer> =>
  makeTar([{ name: 'etc/' }, { name: 'etc/motd', content: 'good morning\n' }])

export function configOf(layers: readonly Buffer[], fields: object = {}): Buffer {
  return json({
    architecture: 'amd64',
    os: 'linux',
    created: '2024-01-02T03:04:05Z',
    config: { Cmd: ['sh'] },
    rootfs: { type: 'layers', diff_ids: layers.map(digest) },
    history: layers.map(() => ({ created_by: 'a test' })),
    ...fields,
  })
}

export interface DockerParts {
  /** In the archive; the config names their digests. */
  layers?: Buffer[]
  config?: Buffer
  /** Bytes of manifest.json. */
  manifest?: Buffer
  /** Over the one line of manifest.json. */
  item?: Record<string, unknown>
  /** Instead of the files of the layers. */
  layerFiles?: TarEntry[]
  /** Before everything else. */
  before?: TarEntry[]
  /** After everything else. */
  after?: TarEntry[]
}

/** What `docker save` writes, as `hostile:1`. */
export async function dockerArchive(parts: DockerParts = {}): Promise<Buffer> {
  const layers = parts.layers ?? [await goodLayer()]
  const config = parts.config ?? configOf(layers)
  const item = {
    Config: 'config.json',
    RepoTags: ['hostile:1'],
    Layers: layers.map((_, at) => `${at}/layer.tar`),
    ...parts.item,
  }
  return makeTar([
    ...(parts.before ?? []),
    ...(parts.layerFiles ??
      layers.map((content, at): TarEntry => ({ name: `${at}/layer.tar`, content }))),
    { name: 'config.json', content: config },
    { name: 'manifest.json', content: parts.manifest ?? json([item]) },
    ...(parts.after ?? []),
  ])
}

/** An image whose layers are these tars, as it is loaded. */
export const imageOf = (...layers: Buffer[]): Promise<Buffer> => dockerArchive({ layers })

const OCI = 'application/vnd.oci.image'
export const INDEX = `${OCI}.index.v1+json`
export const MANIFEST = `${OCI}.manifest.v1+json`
export const CONFIG = `${OCI}.config.v1+json`
export const LAYER = `${OCI}.layer.v1.tar`

export interface Described {
  mediaType: string
  digest: string
  size: number
}

export const describeBlob = (
  bytes: Buffer,
  mediaType: string,
  fields: object = {},
): Described & Record<string, unknown> => ({
  mediaType,
  digest: digest(bytes),
  size: bytes.length,
  ...fields,
})

/** The documents of a good OCI image, each of which may be given otherwise. */
export async function ociImage(
  parts: {
    layer?: Buffer
    config?: Buffer
    layers?: object[]
    configDescriptor?: object
    manifest?: object
  } = {},
): Promise<{ layer: Buffer; config: Buffer; manifest: Buffer }> {
  const layer = parts.layer ?? (await goodLayer())
  const config = parts.config ?? configOf([layer])
  const manifest = json({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: describeBlob(config, CONFIG, parts.configDescriptor),
    layers: parts.layers ?? [describeBlob(layer, LAYER)],
    ...parts.manifest,
  })
  return { layer, config, manifest }
}

export interface LayoutParts {
  index?: Buffer
  manifests?: object[]
  /** Blobs under the digest of their bytes. */
  blobs?: Buffer[]
  /** Files under names of their own. */
  files?: TarEntry[]
}

/** An OCI layout of these blobs. */
export function layout({ index, manifests, blobs = [], files = [] }: LayoutParts): Promise<Buffer> {
  return makeTar([
    { name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
    ...blobs.map((content): TarEntry => ({ name: `blobs/sha256/${sha256(content)}`, content })),
    ...files,
    { name: 'index.json', content: index ?? json({ schemaVersion: 2, manifests }) },
  ])
}
