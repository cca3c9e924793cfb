/**
 * Copies of tags from one saved registry to another, or to another repository: one after the other, so
 * that what two tags share travels once. What the target has already is not sent.
 */
import type { CallInput, Handlers } from '@shared/contract'
import { fromAppError, LaminaError, toAppError, type ErrorCode } from '@shared/errors'
import type { RegistryTarget, TransferRequest } from '@shared/lamina-api'
import type { TaskItem } from '@shared/models'
import type { CopyPreview, CopyPreviewTag, CopyReport } from '@shared/registries'
import type { DockerClient, RegistryAuth } from '../docker/client'
import { listTags, startCopy, transferLineSchema } from '../docker/lamina'
import { jsonLines } from '../docker/progress'
import { remoteImage, tagDigests, type InRepository } from '../docker/remote-images'
import type { EnginesService } from './engines'
import type { KnownRepositories } from './known-repositories'
import { repositoryPath } from './registry-contents'
import type { TaskRun, TasksService } from './tasks'

type Input = CallInput<'registries.copy'>
type Line = Omit<TaskItem, 'id'>

export interface CopyDependencies {
  engines: EnginesService
  tasks: TasksService
  known: KnownRepositories
  /** A saved registry with what it is reached with. Throws `not_found`. */
  reach(id: string): Promise<RegistryTarget>
  /** Who signs in at a registry; empty: nobody. */
  authFor(target: RegistryTarget): Promise<RegistryAuth>
}

/** Both ends of a copy. */
interface Ends {
  client: DockerClient
  from: InRepository
  to: InRepository
}

/** What is wrong with one registry as a whole: the next tag would meet it as well. */
export const HOPELESS: readonly ErrorCode[] = [
  'registry_unreachable',
  'registry_unauthorized',
  'registry_login_required',
  'registry_login_expired',
  'registry_speaks_http',
  'registry_speaks_https',
  'registry_certificate',
  'registry_not_one',
  'registry_rate_limited',
  'registry_denied_missing',
  'registry_denied_rights',
  'engine_lost',
  'engine_unreachable',
]

/** The target may hide what it has, or have no such repository yet. */
const UNTOLD: readonly ErrorCode[] = [
  'registry_denied',
  'registry_denied_missing',
  'registry_denied_rights',
  'registry_login_required',
]

export function registryCopyHandlers(
  with_: CopyDependencies,
): Pick<Handlers, 'registries.previewCopy' | 'registries.copy'> {
  const { engines, tasks, known } = with_
  return {
    'registries.previewCopy': async (input, { signal }) => {
      const ends = await endsOf(with_, input)
      const tags = input.tags ?? (await listTags(ends.client, ends.from, signal))
      return preview(ends, tags, input.platform, signal)
    },
    'registries.copy': async (input) => {
      const ends = await endsOf(with_, input)
      const { engine } = await engines.connection()
      const only = input.tags?.length === 1 ? `:${input.tags[0]}` : ''
      const subject = `${nameOf(ends.from)}${only} → ${nameOf(ends.to)}`
      const head = { kind: 'copy', subject, engine: engine.name, pausable: true } as const
      return tasks.start(head, async (run) => {
        const logins = await loginsOf(with_, ends.from, ends.to)
        const tags = input.tags ?? (await listTags(ends.client, ends.from, run.signal))
        const copies = await copyTags(ends, tags, input.platform, logins, run)
        if (copies.tags.length > 0) await known.add(ends.to.address, ends.to.repository)
        return { copies }
      })
    },
  }
}

/** Who signs in at each of these registries, by their addresses. */
export async function loginsOf(
  { authFor }: CopyDependencies,
  ...targets: RegistryTarget[]
): Promise<Record<string, RegistryAuth>> {
  const logins: Record<string, RegistryAuth> = {}
  for (const target of targets) logins[target.address] = await authFor(target)
  return logins
}

export async function endsOf({ engines, reach }: CopyDependencies, input: Input): Promise<Ends> {
  const place = async (id: string, repository: string): Promise<InRepository> => {
    const target = await reach(id)
    return { ...target, repository: repositoryPath(target.address, repository) }
  }
  const [from, to] = await Promise.all([
    place(input.id, input.repository),
    place(input.to.id, input.to.repository),
  ])
  if (nameOf(from) === nameOf(to)) {
    const reason = 'it is where the images come from'
    throw new LaminaError('invalid_input', { field: 'repository', reason })
  }
  return { client: await engines.bundled(), from, to }
}

/** Compares the digests of both sides; no manifest is read unless one platform is wanted. */
export async function preview(
  { client, from, to }: Ends,
  tags: string[],
  platform: string,
  signal: AbortSignal,
): Promise<CopyPreview> {
  const [source, target] = await Promise.all([
    tagDigests(client, { ...from, tags }, signal),
    tagDigests(client, { ...to, tags }, signal).catch((thrown: unknown) => {
      if (thrown instanceof LaminaError && UNTOLD.includes(thrown.code)) return null
      throw thrown
    }),
  ])
  const found: CopyPreviewTag[] = []
  for (const tag of tags) {
    const replaces = target?.[tag] ?? null
    let digest = source[tag] ?? null
    if (replaces !== null && replaces !== digest && platform !== 'all') {
      digest = (await digestFor(client, { ...from, reference: tag, platform }, signal)) ?? digest
    }
    found.push({ tag, state: stateOf(target !== null, digest, replaces), digest, replaces })
  }
  return { tags: found }
}

function stateOf(told: boolean, digest: string | null, replaces: string | null) {
  if (!told) return 'unknown'
  if (replaces === null) return 'new'
  return replaces === digest ? 'same' : 'replaces'
}

async function digestFor(
  client: DockerClient,
  target: InRepository & { reference: string; platform: string },
  signal: AbortSignal,
): Promise<string | null> {
  return (await remoteImage(client, target, signal)).image?.digest ?? null
}

/** A tag that fails does not stop the others; to copy no tag is no failure. Throws where none arrived. */
export async function copyTags(
  ends: Ends,
  tags: string[],
  platform: string,
  logins: Record<string, RegistryAuth>,
  run: TaskRun,
): Promise<CopyReport> {
  const report: CopyReport = {
    source: nameOf(ends.from),
    target: nameOf(ends.to),
    tags: [],
    failed: [],
  }
  const known = await preview(ends, tags, platform, run.signal)
  const single = tags.length === 1
  if (!single) for (const tag of tags) run.item(tag, { state: 'waiting' })
  let hopeless: LaminaError | null = null
  for (const { tag, state, digest } of known.tags) {
    if (state === 'same' && digest !== null) {
      run.item(tag, { state: 'exists', status: 'Already exists' })
      report.tags.push({ tag, digest, state: 'same' })
      continue
    }
    try {
      if (hopeless) throw hopeless
      const onLine = single ? run.item : sumInto(tag, run)
      const copied = await copyTag(ends, tag, platform, logins, run.signal, onLine)
      if (!single) run.item(tag, { state: 'done', status: 'Pushed' })
      report.tags.push({ tag, digest: copied, state: 'copied' })
    } catch (thrown) {
      if (run.signal.aborted) throw thrown
      const error = toAppError(thrown)
      if (HOPELESS.includes(error.code)) hopeless = fromAppError(error)
      run.item(tag, { state: 'failed' })
      report.failed.push({ tag, error })
    }
  }
  const [first] = report.failed
  if (first && report.tags.length === 0) throw fromAppError(first.error)
  return report
}

/** What the engine is asked for, to copy one tag. */
export function copyRequest({ from, to }: Ends, tag: string, platform: string): TransferRequest {
  const place = (target: InRepository) => ({
    kind: 'registry' as const,
    reference: `${nameOf(target)}:${tag}`,
    protocol: target.protocol,
    ca: target.ca ?? null,
  })
  return { source: place(from), target: place(to), platform }
}

/** Copies one tag; the digest that was read back from the target. */
async function copyTag(
  ends: Ends,
  tag: string,
  platform: string,
  registries: Record<string, RegistryAuth>,
  signal: AbortSignal,
  onItem: (id: string, line: Line) => void,
): Promise<string> {
  const { client } = ends
  const request = copyRequest(ends, tag, platform)
  const stream = await startCopy(client, request, { registries }, signal)
  try {
    for await (const line of jsonLines(stream, transferLineSchema)) {
      if ('item' in line) {
        const { id, ...item } = line.item
        onItem(id, item)
      } else if ('error' in line) throw fromAppError(line.error)
      else if (line.result.digest !== null) return line.result.digest
    }
  } catch (thrown) {
    throw client.explain(thrown, { signal })
  }
  throw new LaminaError('engine_lost')
}

/** Of many tags each is one item: the bytes of its layers together. */
function sumInto(tag: string, run: TaskRun): (id: string, line: Line) => void {
  const layers = new Map<string, Line>()
  run.item(tag, { state: 'working', status: 'Preparing' })
  return (id, line) => {
    layers.set(id, line)
    const all = [...layers.values()]
    const sum = (value: (line: Line) => number) => all.reduce((bytes, one) => bytes + value(one), 0)
    const total = sum((one) => one.total ?? 0)
    const sending = all.some(({ status }) => status === 'Pushing')
    run.item(tag, {
      state: 'working',
      status: sending ? 'Pushing' : 'Preparing',
      done: sum((one) => one.done),
      total: total === 0 ? null : total,
    })
  }
}

function nameOf({ address, repository }: InRepository): string {
  return `${address}/${repository}`
}
