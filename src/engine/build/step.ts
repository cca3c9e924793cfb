/**
 * One step of a build becomes an image: found among those that were built before, or made (moby
 * builder/dockerfile/internals.go, image/cache).
 */
import { randomBytes } from 'node:crypto'
import { layerSources } from '../container/fs/layer-sources'
import { mergeConfig } from '../container/run-config'
import { refused } from '../container/wording'
import { DOCKER_VERSION } from '../container/commit'
import type { Lease } from '../blob/blob-store'
import type { Store } from '../image/types'
import type { LayerSource } from '../layer/types'
import { digestOf, type Digest } from '../oci/digest'
import { defined, goJson, orderConfig } from '../oci/go-json'
import type { ImageConfig, RunConfig } from '../oci/image-config'
import type { Platform } from '../oci/manifest'
import type { Draft } from './draft'
import { cleanFolder } from './paths'

export interface StepImage {
  id: Digest
  config: ImageConfig
}

export interface Step {
  /** Null: FROM scratch. */
  parent: StepImage | null
  /** What the new image will have as its config. */
  config: RunConfig
  /** What history shows behind the shell: `#(nop)  ENV A=b`. */
  command: string[]
  author: string
}

export interface StepOptions {
  store: Store
  lease: Lease
  platform: Platform
  signal?: AbortSignal
}

/** The config that the cache compares, and that history takes its line from. */
export function commandConfig({ config, command }: Step): RunConfig {
  const shell = config.Shell?.length ? config.Shell : ['/bin/sh', '-c']
  return { ...config, Cmd: [...shell, ...command] }
}

/** The newest image that was built from the same parent by the same step, or null. */
export async function findCached(
  { images }: Store,
  parent: StepImage | null,
  wanted: RunConfig,
): Promise<StepImage | null> {
  const siblings = parent ? images.children(parent.id) : images.list().filter(isFromScratch)
  let best: { image: StepImage; created: number } | null = null
  for (const { id, created } of siblings) {
    const config = await images.config(id)
    const made = config.container_config
    if (!made || !sameStep(made, wanted)) continue
    if (!best || created > best.created) best = { image: { id, config }, created }
  }
  return best?.image ?? null
}

/** As dockerd has it: whatever has no parent may have been built from nothing. */
function isFromScratch({ parent }: { parent: Digest | null }): boolean {
  return parent === null
}

/**
 * A step that changes settings, and perhaps makes a folder: dockerd makes it in a container, whose id
 * stands in the image.
 */
export async function makeFromContainer(
  step: Step,
  container: string,
  draft: Draft | null,
  options: StepOptions,
): Promise<StepImage> {
  const wanted = mergeConfig(commandConfig(step), step.parent?.config.config ?? {})
  const containerConfig = {
    ...wanted,
    Hostname: wanted.Hostname || container.slice(0, 12),
    WorkingDir: wanted.WorkingDir && cleanFolder(wanted.WorkingDir),
  }
  return makeImage(step, { container, containerConfig, draft }, options)
}

/** A step that brings files in. */
export function makeFromFiles(step: Step, draft: Draft, options: StepOptions): Promise<StepImage> {
  return makeImage(step, { container: '', containerConfig: commandConfig(step), draft }, options)
}

export function newContainerId(): string {
  return randomBytes(32).toString('hex')
}

async function makeImage(
  step: Step,
  made: { container: string; containerConfig: RunConfig; draft: Draft | null },
  { store, lease, platform, signal }: StepOptions,
): Promise<StepImage> {
  const { parent, author } = step
  const { container, containerConfig, draft } = made
  const diffIds: Digest[] = [...(parent?.config.rootfs.diff_ids ?? [])]
  const sources = draft ? layerSources(draft.overlay) : []
  refuseReservedNames(sources)
  if (sources.length > 0) {
    const layer = await store.layers.build(sources, { lease, ...(signal && { signal }) })
    diffIds.push(layer.diffId)
  }
  const created = new Date().toISOString()
  const base = parent?.config
  const rawConfig = goJson(
    defined({
      architecture: base?.architecture ?? platform.architecture,
      author: author || undefined,
      config: orderConfig(step.config),
      container: container || undefined,
      container_config: orderConfig(containerConfig),
      created,
      docker_version: DOCKER_VERSION,
      history: [
        ...(base?.history ?? []),
        defined({
          created,
          author: author || undefined,
          created_by: (containerConfig.Cmd ?? []).join(' '),
          empty_layer: sources.length === 0 || undefined,
        }),
      ],
      os: base?.os ?? platform.os,
      'os.features': base?.['os.features'] ?? undefined,
      'os.version': base?.['os.version'],
      rootfs: { type: 'layers', diff_ids: diffIds.length > 0 ? diffIds : undefined },
      variant: base?.variant,
    }),
  )
  lease.add(digestOf(rawConfig))
  const { id } = await store.images.create({ rawConfig, parent: parent?.id ?? null })
  return { id, config: await store.images.config(id) }
}

/** A layer has no way to hold a file of such a name: it would mean a deletion. */
function refuseReservedNames(sources: readonly LayerSource[]): void {
  const reserved = sources.find(
    ({ entry }) => entry.whiteout === null && /(?:^|\/)\.wh\.[^/]*$/.test(entry.path),
  )
  if (!reserved) return
  throw refused(
    `cannot copy /${reserved.entry.path}: names that begin with ".wh." stand for deletions in image layers; rename it or leave it out with .dockerignore`,
  )
}

/** What must be equal for a step to count as done before (moby image/cache/compare.go). */
function sameStep(a: RunConfig, b: RunConfig): boolean {
  if (a.OpenStdin || b.OpenStdin || (a.User ?? '') !== (b.User ?? '')) return false
  const list = (value: RunConfig['Cmd']): string => JSON.stringify(value ?? [])
  const map = (value: Record<string, unknown> | null | undefined): string =>
    JSON.stringify(Object.entries(value ?? {}).sort(([x], [y]) => (x < y ? -1 : 1)))
  return (
    list(a.Cmd) === list(b.Cmd) &&
    list(a.Env) === list(b.Env) &&
    list(a.Entrypoint) === list(b.Entrypoint) &&
    map(a.Labels) === map(b.Labels) &&
    map(keys(a.ExposedPorts)) === map(keys(b.ExposedPorts)) &&
    map(keys(a.Volumes)) === map(keys(b.Volumes))
  )
}

function keys(value: Record<string, unknown> | null | undefined): Record<string, true> {
  return Object.fromEntries(Object.keys(value ?? {}).map((key) => [key, true]))
}
