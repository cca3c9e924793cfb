import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { run, runOk } from '../../../support/run'

export interface DockerCli {
  path: string
  version: string
}

let newest: Promise<DockerCli> | undefined

/** The newest docker CLI of all that lie on the path; rejects when there is none. */
export function newestDockerCli(): Promise<DockerCli> {
  newest ??= find()
  return newest
}

async function find(): Promise<DockerCli> {
  const found: DockerCli[] = []
  for (const folder of new Set((process.env.PATH ?? '').split(delimiter))) {
    const path = join(folder, 'docker')
    if (!(await isExecutable(path))) continue
    const { stdout } = await run(path, ['--version'])
    const version = /version (\d[^ ,]*)/.exec(stdout)?.[1]
    if (version) found.push({ path, version })
  }
  found.sort((a, b) => compareVersions(b.version, a.version))
  const best = found[0]
  if (!best) throw new Error('no docker CLI on the path: `npm test` installs it (docker.io)')
  return best
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

function compareVersions(a: string, b: string): number {
  const parts = (text: string): number[] => text.split(/\D+/).slice(0, 3).map(Number)
  const [left, right] = [parts(a), parts(b)]
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** What the engine behind `host` calls itself, for the heading of a run. */
export async function serverVersion(host: string): Promise<string> {
  const { path } = await newestDockerCli()
  const format = '{{.Server.Version}} (API {{.Server.APIVersion}})'
  const env = { DOCKER_HOST: host, DOCKER_CONFIG: '/nonexistent' }
  return (await runOk(path, ['version', '--format', format], { env })).trim()
}
