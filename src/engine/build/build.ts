/** A build on its way: what was asked for, and what its stages share. */
import { LaminaError } from '@shared/errors'
import type { Lease } from '../blob/blob-store'
import type { Runtime } from '../container/runtime'
import type { Store } from '../image/types'
import type { Digest } from '../oci/digest'
import type { Platform } from '../oci/manifest'
import type { BuildArgs } from './build-args'
import type { CacheSources } from './cache-from'
import type { BuildContext } from './context'
import type { ScratchFile } from './draft'
import type { StepImage } from './step'

export interface BuildOptions {
  /** Path of the Dockerfile in the context; '' for "Dockerfile". */
  dockerfile: string
  /** `--build-arg`; null: without a value. */
  buildArgs: ReadonlyMap<string, string | null>
  /** `--label`, put on the last stage. */
  labels: ReadonlyMap<string, string>
  /** Name of the stage to stop after; '' for the last one. */
  target: string
  /** Take nothing from earlier builds. */
  noCache: boolean
  /** `--cache-from`; none: everything that was built here. */
  cacheFrom: readonly string[]
  /** `--rm=false`: dockerd would keep the containers of steps, and does not say that they go. */
  keepsContainers: boolean
  /** `--platform` as it was given, '' for none: of images that are pulled. */
  platformSpec: string
  /** Of images that begin with nothing. */
  platform: Platform
  /** Told what the builder prints, piece by piece. */
  print: (text: string) => Promise<void>
  /** Told what it prints in red. */
  warn: (text: string) => Promise<void>
  /** Told what each stage has become. */
  built: (id: Digest) => Promise<void>
  /** Told of the containers of steps, for whoever listens to events. */
  onContainer: (
    action: 'create' | 'destroy',
    id: string,
    attributes: Record<string, string>,
  ) => void
  /** Brings an image that is named and not here, or every one when `pullAlways`. */
  pull: (name: string, platform: string) => Promise<void>
  pullAlways: boolean
  /** What runs commands. */
  runtime: Pick<Runtime, 'build'>
  signal?: AbortSignal
}

/** What every stage works with. */
export interface Build extends Omit<
  BuildOptions,
  'dockerfile' | 'labels' | 'target' | 'cacheFrom'
> {
  /** Null: everything that was built here counts. */
  cacheSources: CacheSources | null
  store: Store
  lease: Lease
  context: BuildContext
  args: BuildArgs
  scratch: ScratchFile
  escape: string
  /** Stages that are done, in their order, with what each has become. */
  done: { name: string; image: StepImage | null }[]
  /** Says which step begins. */
  announce: (original: string) => Promise<void>
}

/** An image by name or id, pulled when it is not here. @throws LaminaError */
export async function findImage(
  build: Build,
  name: string,
  platform = build.platformSpec,
): Promise<StepImage> {
  const { images } = build.store
  if (build.pullAlways || !isHere(build, name)) await build.pull(name, platform)
  const { id } = images.resolve(name)
  return { id, config: await images.config(id) }
}

function isHere({ store }: Build, name: string): boolean {
  try {
    store.images.resolve(name)
    return true
  } catch (error) {
    if (error instanceof LaminaError && error.code === 'not_found') return false
    throw error
  }
}
