/** Carries out the instructions of one stage (moby builder/dockerfile/dispatchers.go). */
import { LaminaError } from '@shared/errors'
import { ContainerFiles } from '../container/fs/container-files'
import { cannotRun } from '../container/runtime'
import { ownerOf } from '../container/user'
import { refused } from '../container/wording'
import type { Instruction } from '../image/dockerfile/parse'
import { applySetting, namedValues } from '../image/dockerfile/settings'
import { expandWord, expandWords, splitWords } from '../image/dockerfile/words'
import type { RunConfig } from '../oci/image-config'
import { findOrPull, type Build } from './builder'
import { copyItem, destinationOf, findItems, hashOf, type CopyItem } from './copy'
import { download } from './download'
import { Draft, type Owner } from './draft'
import { quotedHealthcheck, quotedList } from './go-format'
import { copyWords, flagOf, readTrigger } from './instructions'
import { argPairs } from './pairs'
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
  private config: RunConfig
  private cmdSet = false
  private maintainer = ''
  /** A step was not found in the cache: those after it are not looked for. */
  private cacheBusted: boolean

  constructor(
    private readonly build: Build,
    /** What the stage has become so far; null: nothing yet. */
    public image: StepImage | null,
  ) {
    const config = image?.config.config ?? {}
    this.config = { ...config, OpenStdin: false, StdinOnce: false, Env: withPath(config.Env) }
    this.cacheBusted = build.noCache
    build.args.reset()
  }

  /** Says what the stage begins with and does what its image wants done first (ONBUILD). */
  async begin(): Promise<void> {
    const triggers = this.config.OnBuild ?? []
    this.config.OnBuild = null
    if (triggers.length > 0) {
      const many = triggers.length > 1 ? 's' : ''
      await this.build.print(`# Executing ${triggers.length} build trigger${many}\n`)
      for (const trigger of triggers) await this.run(readTrigger(trigger))
    }
    await this.printImage()
  }

  printImage(): Promise<void> {
    return this.build.print(` ---> ${this.image ? shortId(this.image.id) : ''}\n`)
  }

  async run(instruction: Instruction): Promise<void> {
    this.config.Image = this.image?.id ?? ''
    switch (instruction.name) {
      case 'ADD':
      case 'COPY':
        return this.copy(instruction)
      case 'ARG':
        return this.arg(instruction)
      case 'MAINTAINER':
        this.maintainer = instruction.rest
        return this.commit(`MAINTAINER ${this.maintainer}`)
      case 'RUN':
        throw cannotRun()
      case 'WORKDIR':
        return this.workdir(instruction)
      default:
        return this.setting(instruction)
    }
  }

  private readonly lookup = (name: string): string | undefined => {
    const found = this.config.Env?.find((variable) => variable.startsWith(`${name}=`))
    return found?.slice(name.length + 1) ?? this.build.args.value(name)
  }

  private async setting(instruction: Instruction): Promise<void> {
    const { name } = instruction
    const { escape } = this.build
    // Every variable of an instruction has the value from before it.
    const before = { ...this.config }
    const lookup = (variable: string): string | undefined => {
      const found = before.Env?.find((text) => text.startsWith(`${variable}=`))
      return found?.slice(variable.length + 1) ?? this.build.args.value(variable)
    }
    const state = { config: { ...this.config }, cmdSet: this.cmdSet, escape, lookup }
    applySetting(state, instruction)
    if (name === 'HEALTHCHECK') await this.noteHealthcheck()
    this.config = state.config
    await this.commit(this.commentOf(instruction, state))
    if (name === 'CMD') this.cmdSet = state.cmdSet
  }

  /** What history shows of a setting. */
  private commentOf(instruction: Instruction, state: Parameters<typeof applySetting>[0]): string {
    const { name, rest } = instruction
    const { config } = this
    const { escape, lookup } = state
    switch (name) {
      case 'CMD':
        return `CMD ${quotedList(config.Cmd)}`
      case 'ENTRYPOINT':
        return `ENTRYPOINT ${quotedList(config.Entrypoint)}`
      case 'ENV':
      case 'LABEL': {
        const pairs = namedValues({ lookup, escape }, instruction)
        return [name, ...pairs.map(([key, value]) => `${key}=${value}`)].join(' ')
      }
      case 'EXPOSE': {
        const ports = splitWords(rest, escape).sort()
        return `EXPOSE ${ports.flatMap((port) => expandWords(port, lookup, escape)).join(' ')}`
      }
      case 'HEALTHCHECK':
        return `HEALTHCHECK ${quotedHealthcheck(config.Healthcheck ?? {})}`
      case 'SHELL':
        return `SHELL [${(config.Shell ?? []).join(' ')}]`
      case 'STOPSIGNAL':
        return `STOPSIGNAL ${config.StopSignal}`
      case 'USER':
        return `USER ${config.User}`
      case 'VOLUME': {
        const words = copyWords(instruction, escape).map((word) => expandWord(word, lookup, escape))
        return `VOLUME [${words.join(' ')}]`
      }
      default:
        return `${name} ${rest}`
    }
  }

  private async noteHealthcheck(): Promise<void> {
    const test = this.config.Healthcheck?.Test
    if (!test?.length || test[0] === 'NONE') return
    await this.build.print(`Note: overriding previous HEALTHCHECK: [${test.join(' ')}]\n`)
  }

  private async arg(instruction: Instruction): Promise<void> {
    const pairs = argPairs(instruction, this.lookup, this.build.escape)
    for (const [name, value] of pairs) this.build.args.add(name, value)
    const shown = pairs.map(([name, value]) => (value === null ? name : `${name}=${value}`))
    await this.commit(`ARG ${shown.join(' ')}`)
  }

  private async workdir(instruction: Instruction): Promise<void> {
    const { lookup } = this
    const state = { config: { ...this.config }, cmdSet: false, escape: this.build.escape, lookup }
    applySetting(state, instruction)
    this.config = state.config
    const folder = this.config.WorkingDir ?? '/'
    const step = this.step([`#(nop) WORKDIR ${folder}`])
    if (await this.fromCache(step)) return
    const draft = await this.draft()
    // A folder inside a volume would be made in the volume, and the volume is not part of the image.
    const volumes = Object.keys(this.config.Volumes ?? {})
    const isInVolume = volumes.some((path) =>
      `${folder}/`.startsWith(`${path.replace(/\/$/, '')}/`),
    )
    if (!isInVolume) await draft.makeFolders(await draft.files.resolve(folder), { uid: 0, gid: 0 })
    await this.inContainer(step, draft)
  }

  private async copy(instruction: Instruction): Promise<void> {
    const { name } = instruction
    const words = copyWords(instruction, this.build.escape).map((word) =>
      expandWord(word, this.lookup, this.build.escape),
    )
    const target = words.pop() ?? ''
    const items = await this.items(instruction, words, target)
    const chown = expandWord(flagOf(instruction, 'chown') ?? '', this.lookup, this.build.escape)
    const comment = `${name} ${chown === '' ? '' : `--chown=${chown}`}${hashOf(items)} in ${target} `
    const step = this.step([`#(nop) ${comment}`])
    if (await this.fromCache(step)) return
    const draft = await this.draft()
    const owner = await ownerFor(draft, chown, flagOf(instruction, 'from') !== undefined)
    for (const item of items) {
      await copyItem(draft, item, {
        destination: destinationOf(this.config.WorkingDir ?? '', target),
        owner,
        unpack: name === 'ADD',
        scratch: this.build.scratch,
        ...(this.build.signal && { signal: this.build.signal }),
      })
    }
    this.image = await makeFromFiles(step, draft, this.build)
  }

  private async items(
    instruction: Instruction,
    words: readonly string[],
    target: string,
  ): Promise<CopyItem[]> {
    const { name } = instruction
    const source = await this.source(instruction)
    const items: CopyItem[] = []
    try {
      for (const word of words) {
        if (name === 'ADD' && /^https?:\/\//i.test(word)) {
          items.push(await download(word, target, this.build))
        } else items.push(...(await findItems(source, word)))
      }
      if (items.length === 0) throw refused('no source files were specified')
    } catch (error) {
      throw failed(name, error)
    }
    if (items.length > 1 && !target.endsWith('/')) {
      throw refused(
        `When using ${name} with more than one source file, the destination must be a directory and end with a /`,
      )
    }
    return items
  }

  /** The context, or what `--from` names: a stage by name or number, or an image. */
  private async source(instruction: Instruction): Promise<CopySource> {
    const from = flagOf(instruction, 'from')
    if (from === undefined) return this.build.context
    const { done, store } = this.build
    const stage =
      done.find(({ name }) => name !== '' && name === from.toLowerCase()) ??
      (/^\d+$/.test(from) ? done[Number(from)] : undefined)
    let image: StepImage | null
    try {
      image = stage ? stage.image : await findOrPull(this.build, from)
    } catch (error) {
      throw refused(`invalid from flag value ${from}: ${sentenceOf(error)}`)
    }
    const diffIds = image?.config.rootfs.diff_ids ?? []
    return new ImageSource(await treeOf(store, diffIds, this.build.signal))
  }

  private async draft(): Promise<Draft> {
    const diffIds = this.image?.config.rootfs.diff_ids ?? []
    return new Draft(await treeOf(this.build.store, diffIds, this.build.signal))
  }

  private step(command: string[]): Step {
    return { parent: this.image, config: { ...this.config }, command, author: this.maintainer }
  }

  private async commit(comment: string): Promise<void> {
    const step = this.step(['#(nop) ', comment])
    if (!(await this.fromCache(step))) await this.inContainer(step, null)
  }

  private async fromCache(step: Step): Promise<boolean> {
    if (this.cacheBusted) return false
    const cached = await findCached(this.build.store, step.parent, commandConfig(step))
    if (!cached) {
      this.cacheBusted = true
      return false
    }
    await this.build.print(' ---> Using cache\n')
    this.image = cached
    return true
  }

  /** dockerd makes a container for such a step and says so; here it is a name only. */
  private async inContainer(step: Step, draft: Draft | null): Promise<void> {
    const container = newContainerId()
    await this.build.print(` ---> Running in ${container.slice(0, 12)}\n`)
    this.image = await makeFromContainer(step, container, draft, this.build)
    await this.build.print(`Removing intermediate container ${container.slice(0, 12)}\n`)
  }
}

/** Whom copies belong to: null keeps their owners. */
async function ownerFor(draft: Draft, chown: string, isFromImage: boolean): Promise<Owner | null> {
  if (chown === '') return isFromImage ? null : { uid: 0, gid: 0 }
  const [user = '', group] = chown.split(':')
  try {
    const files = new ContainerFiles(draft.overlay, [])
    // A number alone is the group too.
    const names = group === undefined && /^\d+$/.test(user) ? `${user}:${user}` : chown
    return (await ownerOf(files, names)) ?? { uid: 0, gid: 0 }
  } catch {
    throw refused(
      `unable to convert uid/gid chown string to host mapping: can't find uid for user ${user}: no such user: ${user}`,
    )
  }
}

function withPath(env: RunConfig['Env']): string[] {
  const variables = [...(env ?? [])]
  const hasPath = variables.some((variable) => variable.startsWith('PATH='))
  return hasPath ? variables : [...variables, DEFAULT_PATH]
}

function failed(name: string, error: unknown): unknown {
  if (error instanceof LaminaError && error.code !== 'engine_refused') return error
  return refused(`${name} failed: ${sentenceOf(error)}`)
}

function sentenceOf(error: unknown): string {
  if (error instanceof LaminaError) return error.params.docker ?? error.message
  return error instanceof Error ? error.message : String(error)
}

function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12)
}
