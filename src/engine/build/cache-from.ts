/** `--cache-from`: only these images, and what they were made of, count as built before (moby image/cache). */
import { LaminaError } from '@shared/errors'
import type { Lease } from '../blob/blob-store'
import { DOCKER_VERSION } from '../container/commit'
import type { Store } from '../image/types'
import { digestOf, type Digest } from '../oci/digest'
import { defined, goJson, orderConfig } from '../oci/go-json'
import type { RunConfig } from '../oci/image-config'
import type { StepImage } from './step'

export class CacheSources {
  private constructor(
    private readonly store: Store,
    private readonly lease: Lease,
    private sources: StepImage[],
  ) {}

  /** @param names those that are not here are left out, as dockerd does */
  static async find(store: Store, lease: Lease, names: readonly string[]): Promise<CacheSources> {
    const sources: StepImage[] = []
    for (const name of names) {
      try {
        const { id } = store.images.resolve(name)
        sources.push({ id, config: await store.images.config(id) })
      } catch (error) {
        const isAbsent =
          error instanceof LaminaError && ['not_found', 'reference_invalid'].includes(error.code)
        if (!isAbsent) throw error
      }
    }
    return new CacheSources(store, lease, sources)
  }

  /**
   * @param local what the cache without sources has found
   * @returns the image of this step: that one, or one made out of what a source's history tells
   */
  async pick(
    parent: StepImage | null,
    wanted: RunConfig,
    local: StepImage | null,
  ): Promise<StepImage | null> {
    if (local && this.sources.some(({ id }) => this.isAncestor(local.id, id))) return local
    const at = parent?.config.history.length ?? 0
    const command = (wanted.Cmd ?? []).join(' ')
    for (const source of this.sources) {
      if (!growsFrom(source, parent)) continue
      if (source.config.history[at]?.created_by !== command) continue
      if (source.config.history.length - 1 > at) {
        // From here on this source alone, so that steps of several are not mixed.
        this.sources = [source]
        return this.restore(parent, source, wanted)
      }
      if (parent) {
        const rawConfig = await this.store.images.rawConfig(source.id)
        await this.store.images.create({ rawConfig, parent: parent.id })
      }
      return source
    }
    return null
  }

  private isAncestor(ancestor: Digest, id: Digest): boolean {
    for (let at = this.store.images.get(id)?.parent; at; at = this.store.images.get(at)?.parent) {
      if (at === ancestor) return true
    }
    return false
  }

  /** The step's own image, of which the source has the layer and the line of history only. */
  private async restore(
    parent: StepImage | null,
    { config: source }: StepImage,
    wanted: RunConfig,
  ): Promise<StepImage> {
    const at = parent?.config.history.length ?? 0
    const history = source.history.slice(0, at + 1)
    const layers = history.filter((step) => !step.empty_layer).length
    const rawConfig = goJson(
      defined({
        architecture: source.architecture,
        author: source.author || undefined,
        config: orderConfig(wanted),
        created: history[at]?.created,
        docker_version: DOCKER_VERSION,
        history,
        os: source.os,
        'os.features': source['os.features'] ?? undefined,
        'os.version': source['os.version'],
        rootfs: { type: 'layers', diff_ids: source.rootfs.diff_ids.slice(0, layers) },
      }),
    )
    this.lease.add(digestOf(rawConfig))
    const { id } = await this.store.images.create({ rawConfig, parent: parent?.id ?? null })
    return { id, config: await this.store.images.config(id) }
  }
}

/** Whether an image's history and layers begin with those of the parent, and go on. */
function growsFrom({ config }: StepImage, parent: StepImage | null): boolean {
  if (config.history.length === 0) return false
  if (!parent) return true
  const { history, rootfs } = parent.config
  return (
    history.length < config.history.length &&
    history.every((step, i) => JSON.stringify(step) === JSON.stringify(config.history[i])) &&
    rootfs.diff_ids.every((diffId, i) => diffId === config.rootfs.diff_ids[i])
  )
}
