/** `docker import`: a root file system as a tar becomes an image of one layer. */
import { LaminaError } from '@shared/errors'
import type { ByteStream } from '../blob/blob-store'
import { digestOf } from '../oci/digest'
import { defined, goJson, orderConfig } from '../oci/go-json'
import type { Platform } from '../oci/manifest'
import { applyChanges } from './changes'
import type { Progress, Store, StoredImage } from './types'

export interface ImportOptions {
  /** Full name with tag, or null for an image without a name. */
  reference: string | null
  /** Stands in the history; empty: "Imported from SOURCE". */
  message: string
  /** Where it came from: "-", or a URL. */
  source: string
  /** Instructions of a Dockerfile: `CMD ["sh"]`. */
  changes: string[]
  platform: Platform
  /** What errors call it; the source when it is not given. */
  name?: string
  signal?: AbortSignal
  progress?: Progress
}

/**
 * Keeps the layer as it comes (plain, gzip or zstd), then makes the image; its name is written last.
 * @param stream its chunks need be valid only until the second one after them is asked for
 * @throws LaminaError archive_corrupted, invalid_input (a change), cancelled, disk_full …
 */
export async function importRootfs(
  store: Store,
  stream: ByteStream,
  options: ImportOptions,
): Promise<StoredImage> {
  const config = applyChanges({}, options.changes)
  const lease = store.blobs.lease()
  try {
    const name = options.name ?? options.source
    const writer = await store.layers.writer({ lease, name })
    let diffId
    try {
      for await (const chunk of stream) {
        if (options.signal?.aborted) throw new LaminaError('cancelled')
        await writer.write(chunk)
        options.progress?.(writer.size, null)
      }
      ;({ diffId } = await writer.commit())
    } finally {
      await writer.cancel()
    }
    const created = new Date().toISOString()
    const comment = options.message || `Imported from ${options.source}`
    const { architecture, os, variant } = options.platform
    const rawConfig = goJson(
      defined({
        architecture,
        comment,
        config: orderConfig(config),
        created,
        history: [{ created, comment }],
        os,
        rootfs: { type: 'layers', diff_ids: [diffId] },
        variant: architecture === 'arm64' ? undefined : variant,
      }),
    )
    lease.add(digestOf(rawConfig))
    const { id } = await store.images.create({ rawConfig })
    if (options.reference !== null) await store.images.tag(id, options.reference)
    return store.images.resolve(id)
  } finally {
    lease.release()
  }
}
