/** Stores and images for tests. */
import { spawnSync } from 'node:child_process'
import type { ByteStream } from '../../../src/engine/blob/blob-store'
import { openStore } from '../../../src/engine/image/store'
import type { Store, StoredImage, StoredLayer } from '../../../src/engine/image/types'
import type { LayerSource } from '../../../src/engine/layer/types'
import type { Digest } from '../../../src/engine/oci/digest'
import { afterAll } from 'vitest'
import { temporaryFolders } from '../blob/temporary-root'

/** Call at the top level; each call of the result opens a new store, or the one of a root again. */
export function stores(): (root?: string) => Promise<Store> {
  const folder = temporaryFolders()
  const open = new Set<Store>()
  afterAll(async () => {
    for (const store of open) await store.close()
  })
  return async (root) => {
    const store = await openStore(root ?? (await folder()))
    open.add(store)
    return store
  }
}

export const PLATFORM = { os: 'linux', architecture: 'amd64' }

export async function* streamOf(data: Buffer, step = 65_536): ByteStream {
  for (let at = 0; at < data.length; at += step) yield data.subarray(at, at + step)
}

export async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** Writes a layer as it would arrive. */
export async function arrive(
  store: Store,
  bytes: Buffer,
  options: Parameters<Store['layers']['writer']>[0] = {},
  step = 10_000,
): Promise<StoredLayer> {
  const writer = await store.layers.writer(options)
  try {
    for await (const chunk of streamOf(bytes, step)) await writer.write(chunk)
    return await writer.commit()
  } finally {
    await writer.cancel()
  }
}

export function config(diffIds: readonly Digest[], fields: object = {}): Buffer {
  return Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      created: '2026-01-02T03:04:05Z',
      config: { Cmd: ['sh'] },
      rootfs: { type: 'layers', diff_ids: diffIds },
      history: diffIds.map((_, at) => ({ created_by: `step ${at}` })),
      ...fields,
    }),
  )
}

/** An image of layers built from these entries, with names. */
export async function makeImage(
  store: Store,
  layers: readonly Iterable<LayerSource>[],
  names: readonly string[] = [],
  fields: { parent?: Digest; [field: string]: unknown } = {},
): Promise<StoredImage> {
  const lease = store.blobs.lease()
  const { parent, ...rest } = fields
  const diffIds: Digest[] = []
  for (const layer of layers) diffIds.push((await store.layers.build(layer, { lease })).diffId)
  const image = await store.images.create({
    rawConfig: config(diffIds, rest),
    parent: parent ?? null,
  })
  await store.images.tagAll(names.map((reference) => ({ id: image.id, reference })))
  lease.release()
  return store.images.get(image.id) as StoredImage
}

/** Packs with the `zstd` program. */
export function zstd(data: Buffer, ...args: string[]): Buffer {
  const { stdout, status, stderr } = spawnSync('zstd', ['-q', '-c', ...args], {
    input: data,
    maxBuffer: 1 << 28,
  })
  if (status !== 0) throw new Error(`zstd: ${stderr.toString()}`)
  return stdout
}
