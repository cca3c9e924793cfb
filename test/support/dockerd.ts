import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { answerTo } from './answer'
import { keepService, startService, type KeptService, type Service } from './child'
import { withHosts, type Hosts } from './hosts'
import { run, runOk, type RunOptions, type RunResult } from './run'
import { tempDir, waitFor, type TempDir } from './temp'

export interface DockerdOptions {
  /** Keys of daemon.json, for instance {"insecure-registries": ["registry.lab:5000"]}. */
  config?: Record<string, unknown>
  /** Names that this daemon alone resolves ({'registry.lab': '::1'}): the machine's file stays. */
  hosts?: Hosts
  /** A folder to keep images in between starts; by default a temporary one. */
  dataRoot?: string
}

/** Killed and started again, it has its images still. */
export interface Dockerd extends KeptService {
  /** `unix:///…`, as for DOCKER_HOST. */
  host: string
  socketPath: string
  /** The daemon.json in use; after a change send `process.kill(pid, 'SIGHUP')`. */
  configFile: string
  /** Runs the docker CLI against this daemon, with a configuration folder of its own. */
  docker(args: readonly string[], options?: RunOptions): Promise<RunResult>
  /** As `docker`, but answers with the trimmed standard output and rejects on failure. */
  dockerOk(args: readonly string[], options?: RunOptions): Promise<string>
  /** One request to the Engine API; rejects on a status of 400 or more. */
  api(path: string, method?: string): Promise<unknown>
  /** Ends this daemon only and removes its bridge, its mounts and its folders. */
  stop(): Promise<void>
}

const MISSING = 'is missing: `npm test` installs it on Debian and Ubuntu (package docker.io)'

/**
 * Starts a real dockerd of the test's own: own data-root, exec-root, pidfile, socket and bridge,
 * no iptables rules. Needs root. Rejects loudly when dockerd is missing or does not come up.
 */
export async function startDockerd(options: DockerdOptions = {}): Promise<Dockerd> {
  if (process.getuid?.() !== 0) {
    throw new Error('dockerd needs root; or set LAMINA_TEST_DOCKER=unix:///var/run/docker.sock')
  }
  if ((await run('sh', ['-c', 'command -v dockerd'])).code !== 0)
    throw new Error(`dockerd ${MISSING}`)
  const dir = await tempDir('lamd')
  const bridge = await addBridge()
  const configFile = join(dir.path, 'daemon.json')
  await writeFile(configFile, JSON.stringify(options.config ?? {}))
  const command = await commandLine(dir, bridge, configFile, options)
  const socketPath = join(dir.path, 'd.sock')
  const service = await keepService(() => launch(command, socketPath), {
    cleanUp: () => cleanUp(dir, bridge, options),
    killed: () => killContainerd(dir),
  })
  const client = dockerClient(`unix://${socketPath}`, join(dir.path, 'cli'))
  return Object.assign(service, client, { configFile })
}

/** The client half of Dockerd, for a daemon that somebody else has started. */
export function dockerClient(
  host: string,
  cliConfig: string,
): Pick<Dockerd, 'host' | 'socketPath' | 'docker' | 'dockerOk' | 'api'> {
  const socketPath = host.replace(/^unix:\/\//, '')
  keepPasswordsInFile(cliConfig)
  const env = { DOCKER_HOST: host, DOCKER_CONFIG: cliConfig, DOCKER_CONTEXT: undefined }
  const withEnv = (o: RunOptions = {}): RunOptions => ({ ...o, env: { ...env, ...o.env } })
  return {
    host,
    socketPath,
    docker: (args, o) => run('docker', args, withEnv(o)),
    dockerOk: async (args, o) => (await runOk('docker', args, withEnv(o))).trim(),
    api: (path, method = 'GET') => apiCall(socketPath, path, method),
  }
}

/**
 * A docker CLI whose configuration names no registry yet keeps passwords with `pass` where that is
 * installed, and fails where it is not set up: one that names any keeps them in its own file.
 */
function keepPasswordsInFile(cliConfig: string): void {
  const file = join(cliConfig, 'config.json')
  if (existsSync(file)) return
  mkdirSync(cliConfig, { recursive: true })
  writeFileSync(file, JSON.stringify({ auths: { 'nobody.invalid': {} } }))
}

async function commandLine(
  dir: TempDir,
  bridge: string,
  configFile: string,
  { dataRoot, hosts }: DockerdOptions,
): Promise<string[]> {
  await mkdir(join(dir.path, 'cli'), { recursive: true })
  const dockerd = [
    'dockerd',
    ...['--config-file', configFile],
    ...['--data-root', dataRoot ?? join(dir.path, 'data')],
    ...['--exec-root', join(dir.path, 'exec')],
    ...['--pidfile', join(dir.path, 'pid')],
    ...['--host', `unix://${join(dir.path, 'd.sock')}`],
    ...['--group', 'root', '--bridge', bridge],
    ...['--iptables=false', '--ip6tables=false', '--ip-masq=false'],
  ]
  if (!hosts) return dockerd
  return [...(await withHosts(dir.path, hosts)), ...dockerd]
}

async function launch(command: string[], socketPath: string): Promise<Service> {
  const [program = '', ...args] = command
  const service = await startService(program, args)
  try {
    await waitFor('dockerd', async () => {
      if (!service.isRunning()) return true
      await apiCall(socketPath, '/_ping', 'GET')
      return true
    })
    if (!service.isRunning()) throw new Error('dockerd ended at once')
  } catch (cause) {
    await service.stop()
    throw new Error(`dockerd did not come up:\n${service.log().slice(-3000)}`, { cause })
  }
  return service
}

/** A bridge of our own: a daemon with `--bridge none` would delete docker0 under another one. */
async function addBridge(): Promise<string> {
  const used = new Set(
    Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((a) => a.address)),
  )
  for (let attempt = 0; attempt < 20; attempt++) {
    const n = 1 + Math.floor(Math.random() * 254)
    const address = `10.213.${n}.1`
    const name = `lmn${n}`
    if (used.has(address)) continue
    if ((await run('ip', ['link', 'add', name, 'type', 'bridge'])).code !== 0) continue
    await runOk('ip', ['addr', 'add', `${address}/24`, 'dev', name])
    await runOk('ip', ['link', 'set', name, 'up'])
    return name
  }
  throw new Error('cannot add a network bridge for dockerd (ip link add … type bridge)')
}

async function cleanUp(dir: TempDir, bridge: string, options: DockerdOptions): Promise<void> {
  await run('ip', ['link', 'del', bridge])
  await killContainerd(dir)
  // dockerd leaves bind mounts of its data-root and of network namespaces behind.
  const mounts = await run('findmnt', ['--noheadings', '--raw', '--output', 'TARGET'])
  const roots = [dir.path, ...(options.dataRoot ? [options.dataRoot] : [])]
  const left = mounts.stdout
    .split('\n')
    .filter((target) => roots.some((r) => target === r || target.startsWith(`${r}/`)))
  for (const target of left.reverse()) await run('umount', ['--lazy', target])
  await dir.remove()
}

/**
 * After a kill -9 of dockerd its containerd lives on, or stays as a zombie where nothing reaps: the
 * next dockerd would wait for it in vain, as long as its pidfile is there.
 */
async function killContainerd(dir: TempDir): Promise<void> {
  const file = join(dir.path, 'exec/containerd/containerd.pid')
  const pid = Number(await readFile(file, 'utf8').catch(() => ''))
  if (pid > 0) await run('kill', ['-KILL', String(pid)])
  await rm(file, { force: true })
}

async function apiCall(socketPath: string, path: string, method: string): Promise<unknown> {
  const sent = request({ socketPath, path, method, timeout: 60_000 })
  const { status, headers, body } = await answerTo(sent, `${method} ${path}`)
  if (status >= 400) throw new Error(`${method} ${path}: ${status} ${body}`)
  return /json/.test(headers['content-type'] ?? '') ? JSON.parse(body) : body
}
