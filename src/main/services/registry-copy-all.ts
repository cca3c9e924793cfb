/**
 * Everything of one registry to another: all repositories, all tags, all platforms; the way out when a
 * team outgrows one machine. What is there already is not sent, so that it can be done again.
 */
import type { Handlers } from '@shared/contract'
import { fromAppError, LaminaError, toAppError } from '@shared/errors'
import type { CopyReport } from '@shared/registries'
import type { DockerClient } from '../docker/client'
import { listRepositories, listTags } from '../docker/lamina'
import type { InRepository } from '../docker/remote-images'
import { copyTags, HOPELESS, loginsOf, type CopyDependencies } from './registry-copies'
import type { TaskRun } from './tasks'

const PAGE = 500

export function registryCopyAllHandlers(
  with_: CopyDependencies,
): Pick<Handlers, 'registries.copyAll'> {
  const { engines, tasks, reach } = with_
  return {
    'registries.copyAll': async ({ id, to }) => {
      const [source, target] = await Promise.all([reach(id), reach(to)])
      if (source.address === target.address) {
        const reason = 'it is where the images come from'
        throw new LaminaError('invalid_input', { field: 'to', reason })
      }
      const { engine } = await engines.connection()
      const subject = `${source.address} → ${target.address}`
      const head = { kind: 'copy', subject, engine: engine.name, pausable: true } as const
      return tasks.start(head, async (run) => {
        const client = await engines.bundled()
        const logins = await loginsOf(with_, source, target)
        const report: CopyReport = {
          source: source.address,
          target: target.address,
          tags: [],
          failed: [],
        }
        const repositories: string[] = []
        for (let after: string | null = null; ;) {
          const page = await listRepositories(client, { ...source, after, limit: PAGE }, run.signal)
          repositories.push(...page.repositories)
          after = page.next
          if (after === null) break
        }
        for (const name of repositories) run.item(name, { state: 'waiting', unit: 'things' })
        for (const repository of repositories) {
          const from = { ...source, repository }
          const tags = await tagsOf(client, from, run.signal)
          const ends = { client, from, to: { ...target, repository } }
          const part = counting(repository, tags, run)
          const copied = await copyTags(ends, tags, 'all', logins, part).catch((thrown: unknown) =>
            noneOf(tags, thrown, run.signal),
          )
          const named = (tag: string) => `${repository}:${tag}`
          report.tags.push(...copied.tags.map((one) => ({ ...one, tag: named(one.tag) })))
          report.failed.push(...copied.failed.map((one) => ({ ...one, tag: named(one.tag) })))
          const lost = copied.failed.length > 0
          const done = copied.tags.length
          run.item(repository, { state: lost ? 'failed' : 'done', done, total: tags.length })
          if (done > 0) await with_.known.add(target.address, repository)
        }
        const [first] = report.failed
        if (first && report.tags.length === 0) throw fromAppError(first.error)
        return { copies: report }
      })
    },
  }
}

/** A push that never ended leaves a repository that is listed, and has no tags. */
async function tagsOf(
  client: DockerClient,
  from: InRepository,
  signal: AbortSignal,
): Promise<string[]> {
  try {
    return await listTags(client, from, signal)
  } catch (thrown) {
    if (thrown instanceof LaminaError && thrown.code === 'manifest_unknown') return []
    throw thrown
  }
}

/** A repository of which nothing arrived; what is wrong with a whole registry ends the copy. */
function noneOf(
  tags: string[],
  thrown: unknown,
  signal: AbortSignal,
): Pick<CopyReport, 'tags' | 'failed'> {
  const error = toAppError(thrown)
  if (signal.aborted || HOPELESS.includes(error.code)) throw thrown
  return { tags: [], failed: tags.map((tag) => ({ tag, error })) }
}

/** A repository is one item, which counts its tags. */
function counting(repository: string, tags: string[], run: TaskRun): TaskRun {
  const ended = new Set<string>()
  run.item(repository, { state: 'working', status: 'Pushing', done: 0, total: tags.length })
  return {
    signal: run.signal,
    log: (line) => run.log(line),
    item: (id, { state }) => {
      if (!tags.includes(id) || (state !== 'done' && state !== 'exists')) return
      ended.add(id)
      run.item(repository, { done: ended.size })
    },
  }
}
