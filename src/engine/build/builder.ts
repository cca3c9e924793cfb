/**
 * `docker build` with the classic builder (moby builder/dockerfile): the stages of a Dockerfile one
 * after the other, an image for every step, steps that were done before taken from the store.
 */
import { LaminaError } from '@shared/errors'
import type { ByteStream } from '../blob/blob-store'
import { ingestPath } from '../blob/disk'
import { rootPaths } from '../blob/paths'
import { refused } from '../container/wording'
import { refuse } from '../image/dockerfile/refuse'
import { expandWord } from '../image/dockerfile/words'
import type { Store } from '../image/types'
import type { Digest } from '../oci/digest'
import { findImage, type Build, type BuildOptions } from './build'
import { BuildArgs } from './build-args'
import { CacheSources } from './cache-from'
import { BuildContext } from './context'
import { ScratchFile } from './draft'
import { failedAt } from './failures'
import { argPairs, readStages, type Stage, type StagedDockerfile } from './instructions'
import { checkPlatform } from './platform-spec'
import { StageRunner } from './stage-runner'
import type { StepImage } from './step'

/**
 * Builds and answers the image's id; names are the caller's.
 * @param tar the build context, plain or packed with gzip or zstd
 * @throws LaminaError invalid_input (the Dockerfile), engine_refused (a step), engine_cannot_run (RUN),
 *   archive_corrupted, archive_unsupported (the context), cancelled, those of the disk
 */
export async function buildImage(
  store: Store,
  tar: ByteStream,
  options: BuildOptions,
): Promise<Digest> {
  const { print, labels, signal } = options
  const lease = store.blobs.lease()
  // What a killed engine leaves there goes when the store opens.
  const scratch = new ScratchFile(ingestPath(rootPaths(store.root).ingest))
  try {
    const context = await BuildContext.read(tar, scratch, signal)
    const { text, name } = await context.dockerfile(options.dockerfile)
    if (options.platformSpec !== '') checkPlatform(options.platformSpec)
    const dockerfile = readStages(text, name)
    const stages = upTo(dockerfile.stages, options.target)
    if (dockerfile.warnings.length > 0) await options.warn(`${dockerfile.warnings.join('\n')}\n`)
    const args = new BuildArgs(options.buildArgs)
    const announce = counter(dockerfile, stages, labels.size, print)
    const { escape } = dockerfile
    const { cacheFrom } = options
    const cacheSources =
      cacheFrom.length > 0 ? await CacheSources.find(store, lease, cacheFrom) : null
    const build: Build = {
      ...options,
      ...{ store, lease, context, args, scratch, announce, escape, cacheSources, done: [] },
    }
    await readMetaArgs(build, dockerfile)
    for (const stage of stages)
      await runStage(build, stage, stage === stages.at(-1) ? labels : null)
    const unused = args.unused()
    if (unused.length > 0) {
      await print(`[Warning] One or more build-args [${unused.join(' ')}] were not consumed\n`)
    }
    const image = build.done.at(-1)?.image
    if (!image) throw refused('No image was generated. Is your Dockerfile empty?')
    return image.id
  } finally {
    lease.release()
    await scratch.remove()
  }
}

/** @param labels put on it at its end, in the order of their names */
async function runStage(
  build: Build,
  stage: Stage,
  labels: ReadonlyMap<string, string> | null,
): Promise<void> {
  if (stage.name !== '' && build.done.some(({ name }) => name === stage.name)) {
    throw refused(`${stage.name} stage name already used`)
  }
  await build.announce(stage.from.original)
  const runner = new StageRunner(build, await baseOf(build, stage))
  await runner.begin()
  for (const command of stage.commands) {
    goOn(build)
    await build.announce(command.original)
    await runner.run(command)
  }
  for (const [name, value] of [...(labels ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))) {
    goOn(build)
    await build.announce(`LABEL ${name}=${value}`)
    await runner.label(name, value)
  }
  if (runner.image) await build.built(runner.image.id)
  build.done.push({ name: stage.name, image: runner.image })
}

function goOn({ signal }: Build): void {
  if (signal?.aborted) throw new LaminaError('cancelled')
}

/** The image that a stage begins with; null for scratch. */
async function baseOf(build: Build, stage: Stage): Promise<StepImage | null> {
  const expand = (text: string): string =>
    expandWord(text, (name) => build.args.meta(name), build.escape)
  const platform = stage.platform === '' ? build.platformSpec : expand(stage.platform)
  if (stage.platform !== '') {
    try {
      checkPlatform(platform)
    } catch (error) {
      throw failedAt(`failed to parse platform ${platform}`, error)
    }
  }
  const name = expand(stage.base)
  if (name === '') throw refused(`base name (${stage.base}) should not be blank`)
  const earlier = build.done.find((one) => one.name !== '' && one.name === name.toLowerCase())
  if (earlier) return earlier.image
  return name === 'scratch' ? null : findImage(build, name, platform)
}

async function readMetaArgs(build: Build, { metaArgs, escape }: StagedDockerfile): Promise<void> {
  const { args } = build
  for (const instruction of metaArgs) {
    await build.announce(instruction.original)
    const pairs = argPairs(instruction, (name) => args.meta(name), escape)
    for (const [name, value] of pairs) args.addMeta(name, value)
  }
}

/** The stages up to the one that is wanted; case does not matter. */
function upTo(stages: Stage[], target: string): Stage[] {
  if (target === '') return stages
  const at = stages.findIndex(({ name }) => name === target.toLowerCase())
  if (at < 0) throw refuse(`failed to reach build target ${target} in Dockerfile`)
  return stages.slice(0, at + 1)
}

function counter(
  { metaArgs }: StagedDockerfile,
  stages: Stage[],
  labels: number,
  print: BuildOptions['print'],
): Build['announce'] {
  const inStages = stages.reduce((sum, { commands }) => sum + 1 + commands.length, 0)
  const total = metaArgs.length + inStages + labels
  let step = 0
  return async (original) => {
    await print(`Step ${++step}/${total} : ${original}`)
    await print('\n')
  }
}
