import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { run, type RunResult } from '../../../support/run'
import { describeTar } from './archives'
import { newestDockerCli } from './cli'
import type { ArchiveName, Fixtures } from './fixtures'
import { callApi, parseAnswer, type ApiAnswer } from './http'
import { createNormaliser, type Normaliser } from './normalise'
import { describeStep, parseJson, type Recording } from './recording'
import { serveFiles } from './serve'
import { LOGIN, type RegistryKind, type Side } from './side'
import { readState } from './state'
import { makeTar, type TarEntry } from './tar'

/** What a case does and sees on one side. */
export interface Case {
  side: Side
  fixtures: Fixtures
  /** An empty folder for this case. */
  dir: string
  /** Runs `docker`: `words` split at spaces, then `rest` as it is. Answers with what it printed. */
  docker(words: string, ...rest: string[]): Promise<string>
  /** As `docker`, with other rules for what is recorded. */
  record(how: Recording, words: string, ...rest: string[]): Promise<string>
  /** As `docker`, but nothing is recorded: for checks that compare by themselves. */
  run(words: string, ...rest: string[]): Promise<RunResult>
  /** Any request to the API, over the CLI's address; not recorded. */
  call(method: string, path: string, json?: string): Promise<ApiAnswer>
  /** `docker … ` whose output is JSON (one value, or one a line). */
  json(words: string, ...rest: string[]): Promise<unknown>
  /** A command that prints a tar: what is in it. */
  noteTar(words: string, ...rest: string[]): Promise<void>
  /** Gets a fixture into the engine without the CLI. */
  load(...names: ArchiveName[]): Promise<void>
  /** Adds something that the case has found out to what is compared. */
  note(what: string, value: unknown): void
  /** A GET of the API that answers with JSON. */
  get(path: string): Promise<unknown>
  /** A GET of the API, noted. */
  api(path: string): Promise<void>
  /** A word that differs from side to side and says nothing. */
  hide(word: string): void
  normaliser: Normaliser
  /** Makes a shortened id comparable. */
  alias(alias: string, id: string): void
  /** Writes a file into the case's folder and answers with its path. */
  file(name: string, content: string | Buffer): Promise<string>
  readFile(name: string): Promise<Buffer>
  /** A tar in the case's folder. */
  tar(name: string, entries: readonly TarEntry[]): Promise<string>
  /** `host:port` of one of this side's registries. */
  registry(kind: RegistryKind): string
  /** Serves files over http until the case ends; answers with host:port. */
  serve(files: Record<string, Buffer>): Promise<string>
  /** Signs in at the registry. */
  login(kind: RegistryKind): Promise<void>
}

export interface Transcript {
  steps: unknown[]
}

/** Runs a case on one side from its first command to its state at the end. */
export async function transcribe(
  side: Side,
  fixtures: Fixtures,
  body: (c: Case) => Promise<void>,
): Promise<Transcript> {
  const { c, steps, end } = await openCase(side, fixtures)
  try {
    await body(c)
  } catch (thrown) {
    steps.push({ threw: c.normaliser.text(String(thrown)) })
  }
  steps.push({ state: await readState(side.socketPath, c.normaliser) })
  await end()
  return { steps }
}

/** Opens a case on one side; `end` removes what it keeps outside the engine. */
export async function openCase(
  side: Side,
  fixtures: Fixtures,
): Promise<{ c: Case; steps: unknown[]; end: () => Promise<void> }> {
  const steps: unknown[] = []
  const dir = join(side.dir, 'case')
  await rm(dir, { recursive: true, force: true })
  await mkdir(join(dir, '.docker'), { recursive: true })
  const normaliser = createNormaliser({
    words: [[dir, '<dir>'], ...side.words],
    stable: fixtures.stable,
  })
  const ends: (() => Promise<void>)[] = []
  return {
    c: makeCase({ side, fixtures, dir, steps, normaliser, ends }),
    steps,
    async end() {
      for (const stop of ends) await stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

interface Parts {
  side: Side
  fixtures: Fixtures
  dir: string
  steps: unknown[]
  normaliser: Normaliser
  /** What to do when the case is over. */
  ends: (() => Promise<void>)[]
}

function makeCase({ side, fixtures, dir, steps, normaliser, ends }: Parts): Case {
  const file = async (name: string, content: string | Buffer): Promise<string> => {
    const path = join(dir, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
    return path
  }
  const launch = async (how: Recording, args: readonly string[]): Promise<RunResult> => {
    const cli = await newestDockerCli()
    const env = {
      DOCKER_HOST: side.host,
      DOCKER_CONFIG: join(dir, '.docker'),
      DOCKER_CONTEXT: undefined,
      DOCKER_BUILDKIT: '0',
      TZ: 'UTC',
      ...how.env,
    }
    const options = { env, cwd: how.cwd ?? dir, input: how.input }
    const pipe = 'set -o pipefail; "$0" "$@" | cat > "$PIPE_TO"'
    if (how.pipeTo === undefined) return run(cli.path, args, options)
    return run('bash', ['-c', pipe, cli.path, ...args], {
      ...options,
      env: { ...env, PIPE_TO: join(dir, how.pipeTo) },
    })
  }
  const socket = side.host.replace(/^unix:\/\//, '')
  const call: Case['call'] = (method, path, json) => callApi(socket, method, path, json)
  const get: Case['get'] = async (path) => parseAnswer(await call('GET', path), `GET ${path}`)
  const record: Case['record'] = async (how, words, ...rest) => {
    const args = split(words, rest)
    const result = await launch(how, args)
    steps.push(describeStep(args, result, how, normaliser))
    return result.stdout.trim()
  }
  return {
    side,
    fixtures,
    dir,
    record,
    docker: (words, ...rest) => record({}, words, ...rest),
    run: (words, ...rest) => launch({}, split(words, rest)),
    call,
    get,
    json: async (words, ...rest) => {
      const printed = await record({ out: 'json' }, words, ...rest)
      return parseJson(printed)
    },
    async noteTar(words, ...rest) {
      await record({ pipeTo: 'printed.tar' }, words, ...rest)
      const printed = await readFile(join(dir, 'printed.tar'))
      steps.push({ tar: normaliser.json(await describeTar(printed, { withNames: true })) })
    },
    async load(...names) {
      for (const name of names) {
        const answer = await callApi(
          side.socketPath,
          'POST',
          '/images/load?quiet=1',
          fixtures.archives[name],
        )
        if (answer.status !== 200 || answer.body.includes('errorDetail')) {
          throw new Error(`load ${name}: ${answer.status} ${answer.body}`)
        }
      }
    },
    note: (what, value) => void steps.push({ [what]: normaliser.json(value) }),
    async api(path) {
      steps.push({ [`GET ${path}`]: normaliser.json(await get(path)) })
    },
    hide: (word) => normaliser.word(word, '<hidden>'),
    normaliser,
    alias: normaliser.alias,
    file,
    readFile: (name) => readFile(join(dir, name)),
    tar: async (name, entries) => file(name, await makeTar(entries)),
    registry: (kind) => side.registries[kind].address,
    async serve(files) {
      const server = await serveFiles(files)
      ends.push(() => server.stop())
      normaliser.word(server.address, '<file server>')
      return server.address
    },
    async login(kind) {
      const address = side.registries[kind].address
      const how: Recording = { input: LOGIN.password }
      await record(how, `login -u ${LOGIN.user} --password-stdin ${address}`)
    },
  }
}

function split(words: string, rest: readonly string[]): string[] {
  return [...words.split(' ').filter((word) => word !== ''), ...rest]
}
