/** `docker commit`: a container's changes become the top layer of a new image, its name comes last. */
import type { Store, StoredImage } from '../image/types'
import { applyChanges } from '../image/changes'
import type { LayerSource } from '../layer/types'
import { digestOf, type Digest } from '../oci/digest'
import { defined, goJson, orderConfig } from '../oci/go-json'
import type { RunConfig } from '../oci/image-config'
import type { Container } from './container'
import { mergeConfig } from './run-config'
import { conflict } from './wording'

export interface CommitOptions {
  /** Full name with tag, or null for an image without a name. */
  reference: string | null
  author: string
  comment: string
  /** Instructions of a Dockerfile: `ENV A=b`. */
  changes: string[]
  /** Settings that come over the container's. */
  config?: RunConfig
  signal?: AbortSignal
  /** Bytes of the layer that are written. */
  progress?: (done: number, total: number | null) => void
}

/** Version of Docker whose images these are like: the field `docker_version` of the config. */
export const DOCKER_VERSION = '20.10.24'

export async function commitContainer(
  store: Store,
  container: Container,
  options: CommitOptions,
): Promise<StoredImage> {
  const { author, comment, signal, progress } = options
  const { record } = container
  const given = applyChanges(options.config ?? record.config, options.changes)
  const config = mergeConfig(given, record.config)
  const sources = await container.layerSources()
  refuseReservedNames(sources)
  const lease = store.blobs.lease()
  try {
    const diffIds: Digest[] = [...record.diffIds]
    if (sources.length > 0) {
      const layer = await store.layers.build(sources, {
        lease,
        ...(signal && { signal }),
        ...(progress && { progress }),
      })
      diffIds.push(layer.diffId)
    }
    const base = await store.images.config(record.imageId)
    const created = new Date().toISOString()
    const rawConfig = goJson(
      defined({
        architecture: base.architecture,
        author: author || undefined,
        config: orderConfig(config),
        container: record.id,
        container_config: orderConfig(record.config),
        created,
        docker_version: DOCKER_VERSION,
        history: [
          ...base.history,
          defined({
            created,
            author: author || undefined,
            created_by: (record.config.Cmd ?? []).join(' ') || undefined,
            comment: comment || undefined,
            empty_layer: sources.length === 0 || undefined,
          }),
        ],
        os: base.os,
        'os.features': base['os.features'] ?? undefined,
        'os.version': base['os.version'],
        rootfs: { type: 'layers', diff_ids: diffIds },
        variant: base.variant,
      }),
    )
    lease.add(digestOf(rawConfig))
    const { id } = await store.images.create({ rawConfig, parent: record.imageId })
    if (options.reference !== null) await store.images.tag(id, options.reference)
    return store.images.resolve(id)
  } finally {
    lease.release()
  }
}

/** A layer has no way to hold a file of such a name: it would mean a deletion. */
function refuseReservedNames(sources: readonly LayerSource[]): void {
  const reserved = sources.find(
    ({ entry }) => entry.whiteout === null && /(?:^|\/)\.wh\.[^/]*$/.test(entry.path),
  )
  if (!reserved) return
  throw conflict(
    `cannot commit /${reserved.entry.path}: names that begin with ".wh." stand for deletions in image layers; rename or delete it first`,
  )
}
