/**
 * `docker build` with the classic builder (moby builder/dockerfile): the stages of a Dockerfile one
 * after the other, an image for every step, steps that were done before taken from the store.
 */
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LaminaError } from '@shared/errors'
import type { ByteStream, Lease } from '../blob/blob-store'
import { makeFolder } from '../blob/disk'
import { refuse } from '../image/dockerfile/parse'
import { expandWord } from '../image/dockerfile/words'
import type { Store } from '../image/types'
import type { Digest } from '../oci/digest'
import type { Platform } from '../oci/manifest'
import { BuildArgs } from './build-args'
import { BuildContext } from './context'
import { ScratchFile } from './draft'
import { readStages, type Stage, type StagedDockerfile } from './instructions'
import { argPairs } from './pairs'
import { StageRunner } from './stage-runner'
import type { StepImage } from './step'

export interface BuildOptions {
  /** Path of the Dockerfile in the context; '' for "Dockerfile". */
  dockerfile: string
  /** `--build-arg`; null: without a value. */
  buildArgs: ReadonlyMap<string, string | null>
  /** `--label`, put on the last stage. */
  labels: ReadonlyMap<string, string>
  /** Stage to stop after; '' for the last one. */
  target: string
  /** Take nothing from earlier builds. */
  noCache: boolean
  platform: Platform
  /** Told what the builder prints. */
  print: (text: string) => Promise<void>
  /** Brings an image that is named and not here. */
  pull: (name: string, platform: string) => Promise<void>
  signal?: AbortSignal
}

/** What every stage works with. */
export interface Build extends Omit<BuildOptions, 'dockerfile' | 'labels' | 'target'> {
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

/**
 * Builds and answers the image's id; names are the caller's.
 * @param tar the build context, plain or gzip
 * @throws LaminaError invalid_input (the Dockerfile), engine_refused (a step), engine_cannot_run (RUN)
 */
export async function buildImage(
  store: Store,
  tar: ByteStream,
  options: BuildOptions,
): Promise<Digest> {
  const folder = join(await store.folder('builds'), randomBytes(8).toString('hex'))
  const lease = store.blobs.lease()
  await makeFolder(folder)
  const scratch = new ScratchFile(join(folder, 'files'))
  try {
    const context = await BuildContext.read(tar, scratch, options.signal)
    const dockerfile = readStages(await context.dockerfile(options.dockerfile))
    addLabels(dockerfile, options.labels)
    const stages = upTo(dockerfile.stages, options.target)
    const args = new BuildArgs(options.buildArgs)
    const announce = counter(dockerfile, stages, options.print)
    const build: Build = {
      ...options,
      ...{ store, lease, context, args, scratch, announce },
      escape: dockerfile.escape,
      done: [],
    }
    await readMetaArgs(build, dockerfile)
    for (const stage of stages) await runStage(build, stage)
    const unused = args.unused()
    if (unused.length > 0) {
      await options.print(
        `[Warning] One or more build-args [${unused.join(' ')}] were not consumed\n`,
      )
    }
    const image = build.done.at(-1)?.image
    if (!image) throw refuse('No image was generated. Is your Dockerfile empty?')
    return image.id
  } finally {
    lease.release()
    await scratch.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function runStage(build: Build, stage: Stage): Promise<void> {
  if (build.signal?.aborted) throw new LaminaError('cancelled')
  await build.announce(stage.from.original)
  const image = await baseOf(build, stage)
  const runner = new StageRunner(build, image)
  await runner.begin()
  for (const command of stage.commands) {
    if (build.signal?.aborted) throw new LaminaError('cancelled')
    await build.announce(command.original)
    await runner.run(command)
    await runner.printImage()
  }
  build.done.push({ name: stage.name, image: runner.image })
}

/** The image that a stage begins with; null for scratch. */
async function baseOf(build: Build, stage: Stage): Promise<StepImage | null> {
  const name = expandWord(stage.base, (arg) => build.args.meta(arg), build.escape)
  if (name === '') throw refuse('base name (' + stage.base + ') should not be blank')
  const earlier = build.done.find((one) => one.name !== '' && one.name === name.toLowerCase())
  if (earlier) return earlier.image
  if (name === 'scratch') return null
  return findOrPull(build, name, stage.platform)
}

export async function findOrPull(build: Build, name: string, platform = ''): Promise<StepImage> {
  const { images } = build.store
  try {
    images.resolve(name)
  } catch (error) {
    if (!(error instanceof LaminaError) || error.code !== 'not_found') throw error
    await build.pull(name, platform)
  }
  const { id } = images.resolve(name)
  return { id, config: await images.config(id) }
}

async function readMetaArgs(build: Build, { metaArgs, escape }: StagedDockerfile): Promise<void> {
  for (const instruction of metaArgs) {
    await build.announce(instruction.original)
    const lookup = (name: string): string | undefined => build.args.meta(name)
    for (const [name, value] of argPairs(instruction, lookup, escape))
      build.args.addMeta(name, value)
  }
}

/** `--label` is a LABEL at the end, one for each, by name. */
function addLabels({ stages }: StagedDockerfile, labels: ReadonlyMap<string, string>): void {
  const last = stages.at(-1)
  for (const name of [...labels.keys()].sort()) {
    const value = labels.get(name) ?? ''
    const single = `'${value.replaceAll("'", "'\"'\"'")}'`
    last?.commands.push({
      name: 'LABEL',
      written: 'LABEL',
      flags: [],
      rest: `${JSON.stringify(name)}=${single}`,
      original: `LABEL ${name}=${value}`,
      line: 0,
    })
  }
}

/** The stages up to the one that is wanted, by name (case does not matter) or by number. */
function upTo(stages: Stage[], target: string): Stage[] {
  if (target === '') return stages
  const named = stages.findIndex(({ name }) => name !== '' && name === target.toLowerCase())
  const at = named >= 0 ? named : /^\d+$/.test(target) ? Number(target) : -1
  if (at < 0 || at >= stages.length) {
    throw refuse(`failed to reach build target ${target} in Dockerfile`)
  }
  return stages.slice(0, at + 1)
}

function counter(
  { metaArgs }: StagedDockerfile,
  stages: Stage[],
  print: BuildOptions['print'],
): Build['announce'] {
  const total = stages.reduce((sum, { commands }) => sum + 1 + commands.length, metaArgs.length)
  let step = 0
  return (original) => print(`Step ${++step}/${total} : ${original}\n`)
}
