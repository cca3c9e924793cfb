/** Carries out the instructions of one stage (moby builder/dockerfile/dispatchers.go). */
import { LaminaError } from '@shared/errors'
import { madeUpName } from '../container/names'
import { mergeConfig } from '../container/run-config'
import { refused } from '../container/wording'
import { readFlags } from '../image/dockerfile/flags'
import type { Instruction } from '../image/dockerfile/instruction'
import { applySetting, commandForm } from '../image/dockerfile/settings'
import { expandWord, type Lookup } from '../image/dockerfile/words'
import type { RunConfig } from '../oci/image-config'
import { findImage, type Build } from './build'
import { chownOf } from './chown'
import { commentOf, pairsComment, plainList } from './comments'
import { copyItem } from './copy'
import { download, isUrl, UNNAMED } from './download'
import { Draft, ROOT, type Owner } from './draft'
import { failedAt } from './failures'
import { findItems, hashOf, type CopyItem } from './find-items'
import { argPairs, readTrigger } from './instructions'
import { cleanFolder, destinationOf } from './paths'
import { ImageSource, treeOf, type CopySource } from './sources'
import {
  commandConfig,
  findCached,
  makeFromContainer,
  makeFromFiles,
  newContainerId,
  type Step,
  type StepImage,
} from './step'

/** moby oci/defaults: what PATH is where an image says nothing. */
const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export class StageRunner {
  #config: RunConfig
  #cmdSet = false
  #maintainer = ''
  /** A step was not found in the cache: those after it are not looked for. */
  #cacheBusted: boolean
  readonly #build: Build
  #image: StepImage | null

  constructor(build: Build, image: StepImage | null) {
    this.#build = build
    this.#image = image
    const config = image?.config.config ?? {}
    this.#config = { ...config, OpenStdin: false, StdinOnce: false, Env: withPath(config.Env) }
    this.#cacheBusted = build.noCache
    build.args.reset()
  }

  /** What the stage has become so far; null: nothing yet. */
  get image(): StepImage | null {
    return this.#image
  }

  /** Says what the stage begins with and does what its image wants done first (ONBUILD). */
  async begin(): Promise<void> {
    const triggers = this.#config.OnBuild ?? []
    if (triggers.length > 0) {
      this.#config.OnBuild = null
      const many = triggers.length > 1 ? 's' : ''
      await this.#build.print(`# Executing ${triggers.length} build trigger${many}`)
      await this.#build.print('\n')
      for (const trigger of triggers) await this.#do(readTrigger(trigger))
    }
    await this.#printImage()
  }

  /** One instruction of the Dockerfile. @throws LaminaError */
  async run(instruction: Instruction): Promise<void> {
    await this.#do(instruction)
    await this.#printImage()
  }

  /** A label of the command line, as it is. */
  async label(name: string, value: string): Promise<void> {
    this.#config.Image = this.#image?.id ?? ''
    this.#config.Labels = { ...this.#config.Labels, [name]: value }
    await this.#commit(pairsComment('LABEL', [[name, value]]))
    await this.#printImage()
  }

  #printImage(): Promise<void> {
    const id = this.#image?.id ?? ''
    return this.#build.print(` ---> ${id.slice(id.indexOf(':') + 1).slice(0, 12)}\n`)
  }

  async #do(instruction: Instruction): Promise<void> {
    this.#config.Image = this.#image?.id ?? ''
    const lookup = this.#variables()
    switch (instruction.name) {
      case 'ADD':
      case 'COPY':
        return this.#copy(instruction, lookup)
      case 'ARG':
        return this.#arg(instruction, lookup)
      case 'MAINTAINER':
        this.#maintainer = instruction.rest
        return this.#commit(`MAINTAINER ${instruction.rest}`)
      case 'RUN':
        return this.#run(instruction)
      default:
        return this.#setting(instruction, lookup)
    }
  }

  /** The variables as they are before an instruction, which holds for all of it. */
  #variables(): Lookup {
    const env = this.#config.Env ?? []
    return (name) => {
      const found = env.find((variable) => variable.startsWith(`${name}=`))
      return found?.slice(name.length + 1) ?? this.#build.args.value(name)
    }
  }

  async #setting(instruction: Instruction, lookup: Lookup): Promise<void> {
    const { escape } = this.#build
    const state = { config: { ...this.#config }, cmdSet: this.#cmdSet, escape, lookup }
    applySetting(state, instruction)
    if (instruction.name === 'HEALTHCHECK') await this.#noteHealthcheck()
    this.#config = state.config
    if (instruction.name === 'WORKDIR')
      await this.#made([`#(nop) WORKDIR ${state.config.WorkingDir}`])
    else await this.#commit(commentOf(instruction, state.config, state))
    this.#cmdSet = state.cmdSet
  }

  async #noteHealthcheck(): Promise<void> {
    const test = this.#config.Healthcheck?.Test
    if (!test?.length || test[0] === 'NONE') return
    await this.#build.print(`Note: overriding previous HEALTHCHECK: ${plainList(test)}\n`)
  }

  async #arg(instruction: Instruction, lookup: Lookup): Promise<void> {
    const pairs = argPairs(instruction, lookup, this.#build.escape)
    for (const [name, value] of pairs) this.#build.args.add(name, value)
    const shown = pairs.map(([name, value]) => (value === null ? name : `${name}=${value}`))
    await this.#commit(`ARG ${shown.join(' ')}`)
  }

  async #run(instruction: Instruction): Promise<void> {
    const [flag] = readFlags(instruction).keys()
    if (flag !== undefined) throw needsBuildKit(flag)
    await this.#build.runtime.build(commandForm(this.#config, instruction))
  }

  async #copy(instruction: Instruction, lookup: Lookup): Promise<void> {
    const { name } = instruction
    const { escape, scratch, signal } = this.#build
    const flags = readFlags(instruction)
    if (flags.has('chmod')) throw needsBuildKit('chmod')
    const chown = expandWord(flags.get('chown') ?? '', lookup, escape)
    const words = instruction.args.map((word) => expandWord(word, lookup, escape))
    const target = words.pop() as string
    const from = flags.get('from') ?? ''
    const items = await this.#items(name, await this.#source(from), words, target)
    const flag = chown === '' ? '' : `--chown=${chown}`
    const step = this.#step([`#(nop) ${name} ${flag}${hashOf(items)} in ${target} `])
    if (await this.#fromCache(step)) return
    const draft = await this.#draft()
    const keepsOwners = from !== '' && chown === ''
    const owner: Owner | null = keepsOwners ? null : chown ? await chownOf(draft, chown) : ROOT
    const destination = destinationOf(this.#config.WorkingDir ?? '', target)
    const options = { destination, owner, unpack: name === 'ADD', scratch }
    for (const item of items) {
      try {
        await copyItem(draft, item, { ...options, ...(signal && { signal }) })
      } catch (error) {
        throw failedAt('failed to copy files', error)
      }
    }
    this.#image = await makeFromFiles(step, draft, this.#build)
  }

  async #items(
    name: string,
    source: CopySource,
    words: readonly string[],
    target: string,
  ): Promise<CopyItem[]> {
    const items: CopyItem[] = []
    try {
      for (const word of words) {
        if (isUrl(word)) items.push(await this.#download(name, word, target))
        else items.push(...(await findItems(source, word)))
      }
      if (items.length === 0) throw refused('no source files were specified')
    } catch (error) {
      throw failedAt(`${name} failed`, error)
    }
    if (items.length === 1 || target.endsWith('/')) return items
    throw refused(
      `When using ${name} with more than one source file, the destination must be a directory and end with a /`,
    )
  }

  async #download(name: string, url: string, target: string): Promise<CopyItem> {
    if (name === 'COPY') throw refused("source can't be a URL for COPY")
    const { scratch, signal, print } = this.#build
    const item = await download(url, scratch, signal)
    await print('\n')
    if (item.path !== UNNAMED || !target.endsWith('/')) return item
    throw refused(`cannot determine filename for source ${url}`)
  }

  /** The context, or what `--from` names: a stage by name or number, or an image. */
  async #source(from: string): Promise<CopySource> {
    if (from === '') return this.#build.context
    try {
      const stage = this.#stage(from)
      const image = stage ? stage.image : await findImage(this.#build, from)
      return new ImageSource(await this.#tree(image))
    } catch (error) {
      throw failedAt(`invalid from flag value ${from}`, error)
    }
  }

  #stage(from: string): Build['done'][number] | undefined {
    const { done } = this.#build
    const named = done.find(({ name }) => name !== '' && name === from.toLowerCase())
    if (named || !/^[-+]?\d+$/.test(from)) return named
    const at = Number(from)
    if (at === done.length) throw refused('refers to current build stage')
    if (at < 0 || at > done.length) throw refused('index out of bounds')
    return done[at]
  }

  #tree(image: StepImage | null) {
    const diffIds = image?.config.rootfs.diff_ids ?? []
    return treeOf(this.#build.store, diffIds, this.#build.signal)
  }

  async #draft(): Promise<Draft> {
    return new Draft(await this.#tree(this.#image))
  }

  #step(command: string[]): Step {
    return { parent: this.#image, config: { ...this.#config }, command, author: this.#maintainer }
  }

  #commit(comment: string): Promise<void> {
    return this.#made(['#(nop) ', comment])
  }

  async #fromCache(step: Step): Promise<boolean> {
    if (this.#cacheBusted) return false
    const { store, cacheSources } = this.#build
    const wanted = commandConfig(step)
    const local = await findCached(store, step.parent, wanted)
    const cached = cacheSources ? await cacheSources.pick(step.parent, wanted, local) : local
    if (!cached) {
      this.#cacheBusted = true
      return false
    }
    await this.#build.print(' ---> Using cache\n')
    this.#image = cached
    return true
  }

  /** dockerd makes a container for such a step and says so; here it is a name only. */
  async #made(command: string[]): Promise<void> {
    const step = this.#step(command)
    if (await this.#fromCache(step)) return
    const draft = await this.#inContainer()
    this.#takeHealthcheck(step)
    const { print, keepsContainers } = this.#build
    const container = newContainerId()
    const end = this.#tellOf(container, step)
    await print(` ---> Running in ${container.slice(0, 12)}\n`)
    this.#image = await makeFromContainer(step, container, draft, this.#build)
    if (keepsContainers) return
    end()
    await print(`Removing intermediate container ${container.slice(0, 12)}\n`)
  }

  /** Tells of a step's container that it is there, and then that it went. */
  #tellOf(container: string, { parent, config }: Step): () => void {
    const image = parent?.id ?? ''
    const attributes = { ...config.Labels, image, name: madeUpName(() => false) }
    const { onContainer } = this.#build
    onContainer('create', container, attributes)
    return () => onContainer('destroy', container, attributes)
  }

  /** In dockerd the container and the step share the healthcheck: what it leaves open is the parent's. */
  #takeHealthcheck({ config, parent }: Step): void {
    const { Healthcheck } = this.#config
    const inherited = parent?.config.config?.Healthcheck
    if (!Healthcheck || !inherited) return
    config.Healthcheck = mergeConfig({ Healthcheck }, { Healthcheck: inherited }).Healthcheck
    this.#config.Healthcheck = config.Healthcheck
  }

  /**
   * What the making of a container does to its files: the working directory is made where it is
   * missing, and no volume may lie over a file. Null: nothing.
   */
  async #inContainer(): Promise<Draft | null> {
    const folder = this.#config.WorkingDir ?? ''
    const volumes = Object.keys(this.#config.Volumes ?? {})
    if (folder === '' && volumes.length === 0) return null
    const draft = await this.#draft()
    if (folder !== '') {
      try {
        draft.makeFolders(await draft.files.resolve(folder))
      } catch (error) {
        if (!(error instanceof LaminaError) || error.code !== 'engine_refused') throw error
        throw refused(`Cannot mkdir: ${cleanFolder(folder)} is not a directory`)
      }
    }
    for (const path of volumes) {
      const there = await draft.find(path)
      if (there && there.entry.type !== 'directory')
        throw refused(`cannot mount volume over existing file, file exists ${cleanFolder(path)}`)
    }
    return draft
  }
}

function needsBuildKit(flag: string): LaminaError {
  return refused(
    `the --${flag} option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build images with BuildKit enabled`,
  )
}

function withPath(env: RunConfig['Env']): string[] {
  const variables = [...(env ?? [])]
  const hasPath = variables.some((variable) => variable.startsWith('PATH='))
  return hasPath ? variables : [...variables, DEFAULT_PATH]
}
