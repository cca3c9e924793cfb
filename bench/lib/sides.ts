/** The built engine and a real dockerd, each a process of its own on a fresh file system. */
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { TransferRequest } from '@shared/lamina-api'
import { startDockerd } from '../../test/support/dockerd'
import { startEngine } from '../../test/support/engine'
import { busyboxRootfs } from '../../test/support/rootfs'
import { runOk } from '../../test/support/run'
import type { Cleanup } from './cleanup'
import { Client, type Body } from './client'
import { freshFileSystem } from './file-system'

export interface Side {
  name: string
  client: Client
  /** Runs the docker CLI against it, what it prints thrown away. @throws when it fails */
  docker(...args: string[]): Promise<void>
  /** Of its file system. */
  path: string
  readonly pid: number
  restart(): Promise<void>
}

export interface SideOptions {
  /** GiB of the file system at most. */
  space: number
  /** Hosts that are reached by http. */
  insecure?: string[]
}

export async function startLamina(cleanup: Cleanup, options: SideOptions): Promise<Side> {
  const path = await freshFileSystem(cleanup, options.space)
  const args = (options.insecure ?? []).flatMap((host) => ['--insecure-registry', host])
  const engine = await startEngine({ root: join(path, 'root'), args })
  cleanup.add(() => engine.stop())
  return side('Lamina', engine, path, cleanup)
}

export async function startDocker(cleanup: Cleanup, options: SideOptions): Promise<Side> {
  const path = await freshFileSystem(cleanup, options.space)
  const config = { 'insecure-registries': options.insecure ?? [] }
  const daemon = await startDockerd({ dataRoot: join(path, 'data'), config })
  cleanup.add(() => daemon.stop())
  const { Driver } = (await daemon.api('/info')) as { Driver: string }
  if (Driver !== 'overlay2') throw new Error(`dockerd uses ${Driver}, and overlay2 is measured`)
  return side('dockerd', daemon, path, cleanup)
}

interface Process {
  readonly pid: number
  host: string
  socketPath: string
  restart(): Promise<void>
}

function side(name: string, process: Process, path: string, cleanup: Cleanup): Side {
  let client = new Client(process.socketPath)
  cleanup.add(async () => client.close())
  return {
    name,
    path,
    get client() {
      return client
    },
    get pid() {
      return process.pid
    },
    async docker(...args) {
      const env = { DOCKER_HOST: process.host, DOCKER_CONTEXT: undefined }
      const script = 'exec docker "$@" >/dev/null'
      await runOk('sh', ['-c', script, '-', ...args], { env, timeout: 600_000 })
    },
    async restart() {
      client.close()
      await process.restart()
      client = new Client(process.socketPath)
    },
  }
}

/** The most memory that a process ever had, in MB (VmHWM). */
export async function peakMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return (Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024) / 1e6
}

/** What the tools call themselves. */
export async function versionsOf(...commands: string[]): Promise<Record<string, string>> {
  const versions: Record<string, string> = {}
  for (const command of commands) {
    const [line = ''] = (await runOk(command, ['--version'])).split('\n')
    versions[command] = /\d+\.\d[\w.+-]*/.exec(line)?.[0] ?? line
  }
  return versions
}

/** Loads an archive. @throws what the side says against it */
export async function loadImage({ client }: Side, archive: Body): Promise<void> {
  const said = await client.text('POST', '/images/load?quiet=1', archive)
  if (/errorDetail/.test(said)) throw new Error(said)
}

/** Copies an image from anywhere to anywhere. @throws what the engine says against it */
export async function copyBy({ client }: Side, request: TransferRequest): Promise<void> {
  const said = await client.text('POST', '/lamina/v1/transfers/copy', request)
  if (!said.includes('"result"')) throw new Error(said.slice(-500))
}

/** Makes `bench/base:latest` of busybox. */
export async function baseImage({ client }: Side): Promise<void> {
  const path = await busyboxRootfs()
  const body = { stream: createReadStream(path), length: (await stat(path)).size }
  await client.text('POST', '/images/create?fromSrc=-&repo=bench/base&tag=latest', body)
}
