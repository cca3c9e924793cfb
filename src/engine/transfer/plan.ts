/** What a copy to a registry would do, before anything is sent. */
import { LaminaError } from '@shared/errors'
import type { TransferPlan, TransferPlanItem } from '@shared/lamina-api'
import type { Digest } from '../oci/digest'
import type { RegistryClient } from '../registry/client/client'
import type { Sourced, SourcedBlob } from './copy'
import { distinctLayers } from './layers'
import { forEachParallel } from './parallel'
import { checkBlob, type RegistryTarget } from './registry-check'

const WIDTH = 6

export interface PlanOptions {
  signal?: AbortSignal | undefined
  /** Bytes of layers that are not packed yet, as they lie in their engine, by diffID. */
  sizes?: ReadonlyMap<Digest, number> | null
}

/**
 * Asks for every blob. Nothing is changed anywhere. Errors: those of the registry client
 * (`registry_denied` where one may not even look).
 */
export async function planPush(
  client: RegistryClient,
  target: RegistryTarget,
  sourced: Sourced,
  { signal, sizes }: PlanOptions = {},
): Promise<TransferPlan> {
  const { repository, tag } = target
  const entries: { blob: SourcedBlob; diffId: Digest | null; kind: TransferPlanItem['kind'] }[] =
    sourced.kind === 'image'
      ? [
          ...distinctLayers(sourced.layers).map((blob) => ({
            blob,
            diffId: blob.diffId,
            kind: 'layer' as const,
          })),
          { blob: sourced.config, diffId: null, kind: 'config' as const },
        ]
      : sourced.blobs.map((blob) => ({ blob, diffId: null, kind: 'layer' as const }))
  const items = new Map<number, TransferPlanItem>()
  await forEachParallel(
    [...entries.entries()],
    async ([at, { blob, diffId, kind }], stop) => {
      const found = await checkBlob(client, repository, blob, stop)
      const { descriptor } = found
      const size = descriptor?.size ?? null
      const digest = descriptor?.digest ?? null
      const item = { kind, diffId, digest, size, estimate: null, from: null }
      if (found.state === 'unknown') {
        const estimate = (diffId && sizes?.get(diffId)) ?? null
        items.set(at, { ...item, state: 'send', estimate })
      } else if (found.state !== 'missing') items.set(at, { ...item, state: 'exists' })
      else {
        const from = digest && (await mountable(client, target, digest, diffId, stop))
        items.set(at, { ...item, state: from ? 'mount' : 'send', from })
      }
    },
    { signal, width: WIDTH },
  )
  const ordered = entries.map((_, at) => items.get(at) as TransferPlanItem)
  const replaces = tag === null ? null : ((await headOf(client, repository, tag, signal)) ?? null)
  return {
    items: ordered,
    send: sum(ordered, 'send'),
    mount: sum(ordered, 'mount'),
    exists: sum(ordered, 'exists'),
    unknown: ordered.filter(({ state, size }) => state === 'send' && size === null).length,
    replaces,
    platforms: sourced.kind === 'index' ? [...sourced.platforms] : [],
    rateLimit: client.rateLimit,
  }
}

/** The repository that has the blob and from which it can be taken, or null. */
async function mountable(
  client: RegistryClient,
  { mountFrom }: RegistryTarget,
  digest: Digest,
  diffId: Digest | null,
  signal: AbortSignal,
): Promise<string | null> {
  const from = mountFrom?.({ digest, diffId }) ?? null
  if (from === null) return null
  try {
    return (await client.headBlob(from, digest, { signal })) ? from : null
  } catch (error) {
    if (error instanceof LaminaError && error.code !== 'cancelled') return null // then it is sent
    throw error
  }
}

/** The digest that the tag stands for now. */
async function headOf(
  client: RegistryClient,
  repository: string,
  tag: string,
  signal: AbortSignal | undefined,
): Promise<Digest | null> {
  return (await client.headManifest(repository, tag, signal))?.digest ?? null
}

function sum(items: readonly TransferPlanItem[], state: TransferPlanItem['state']): number {
  return items
    .filter((item) => item.state === state)
    .reduce((bytes, { size }) => bytes + (size ?? 0), 0)
}
