/**
 * Finds the daemons of this machine: DOCKER_HOST, docker's contexts, and the sockets that Docker,
 * Docker Desktop, rootless Docker, Podman, Colima, OrbStack, Rancher Desktop and Lima use. Nothing
 * is asked here; a candidate may well be down.
 */
import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { DaemonAddress } from '@shared/lamina-api'
import { parseAddress, type ParsedAddress } from './address'
import {
  dockerConfigDir,
  readContexts,
  readDockerConfig,
  readTlsFiles,
  type DockerContext,
  type Environment,
} from './docker-config'

/** The machine as discovery sees it; tests give their own. */
export interface Surroundings {
  env: Environment
  userHome: string
  platform: NodeJS.Platform
  /** Null on Windows. */
  uid: number | null
  /** Where a path leads, links followed; null where nothing is. */
  resolve(path: string): string | null
}

export interface Candidate {
  /** The address; it names the engine in every list. */
  address: string
  daemon: DaemonAddress
  name: string
  /** Whether `docker` without flags would reach it. */
  isDefault: boolean
}

/** This machine. */
export function surroundings(env: Environment, userHome: string): Surroundings {
  return {
    env,
    userHome,
    platform: process.platform,
    uid: process.getuid?.() ?? null,
    resolve: resolvePath,
  }
}

/**
 * Every daemon worth a ping, each address once. The one that `docker` without flags would reach
 * stands first, and is listed even where its socket is missing and nothing else was found.
 */
export function discover(where: Surroundings): Candidate[] {
  const dir = dockerConfigDir(where.env, where.userHome)
  const contexts = readContexts(dir)
  const preferred = defaultAddress(where, dir, contexts)
  const found = new Map<string, Candidate>()
  const add = (parsed: ParsedAddress | null, name: string) => {
    if (parsed === null || found.has(parsed.address)) return
    const isDefault = parsed.address === preferred?.address
    found.set(parsed.address, { ...parsed, name, isDefault })
  }

  // Docker Desktop and podman-docker link one socket to another: it is one engine.
  const seen = new Set<string>()
  for (const [path, name] of usualSockets(where)) {
    const real = where.resolve(path)
    if (real === null || seen.has(real)) continue
    seen.add(real)
    add(parseAddress(`${where.platform === 'win32' ? 'npipe' : 'unix'}://${path}`), name)
  }
  for (const context of contexts) {
    add(parseAddress(context.host, context.tls), `context ${context.name}`)
  }
  const given = where.env.DOCKER_HOST
  if (given !== undefined && given !== '') add(environmentAddress(where), 'DOCKER_HOST')
  if (found.size === 0) add(preferred, 'Docker')
  return [...found.values()].sort((a, b) => Number(b.isDefault) - Number(a.isDefault))
}

function resolvePath(path: string): string | null {
  if (!existsSync(path)) return null
  try {
    return realpathSync(path)
  } catch {
    return path // a named pipe
  }
}

/** Where `docker` without flags goes: DOCKER_HOST, else the current context, else the socket. */
function defaultAddress(
  where: Surroundings,
  dir: string,
  contexts: DockerContext[],
): ParsedAddress | null {
  const { env } = where
  if (env.DOCKER_HOST !== undefined && env.DOCKER_HOST !== '') return environmentAddress(where)
  const name = env.DOCKER_CONTEXT ?? readDockerConfig(dir).currentContext ?? 'default'
  const context = contexts.find((one) => one.name === name)
  if (context) return parseAddress(context.host, context.tls)
  return parseAddress(
    where.platform === 'win32' ? 'npipe:////./pipe/docker_engine' : 'unix:///var/run/docker.sock',
  )
}

/** DOCKER_HOST, with the files of DOCKER_CERT_PATH where DOCKER_TLS_VERIFY is set. */
function environmentAddress({ env, userHome }: Surroundings): ParsedAddress | null {
  const secure = env.DOCKER_TLS_VERIFY !== undefined && env.DOCKER_TLS_VERIFY !== ''
  const tls = secure
    ? (readTlsFiles(env.DOCKER_CERT_PATH ?? join(userHome, '.docker')) ?? {})
    : null
  return parseAddress(env.DOCKER_HOST ?? '', tls)
}

/** Paths of sockets (or pipes) and whose they are, the likeliest first. */
function usualSockets({ env, userHome, platform, uid }: Surroundings): [string, string][] {
  if (platform === 'win32') {
    return [
      ['//./pipe/docker_engine', 'Docker'],
      ['//./pipe/dockerDesktopLinuxEngine', 'Docker Desktop'],
      ['//./pipe/podman-machine-default', 'Podman'],
    ]
  }
  const runtime = env.XDG_RUNTIME_DIR ?? (uid === null ? null : `/run/user/${uid}`)
  const mine = (path: string) => join(userHome, path)
  const sockets: [string, string][] = [
    ['/var/run/docker.sock', 'Docker'],
    [mine('.docker/run/docker.sock'), 'Docker Desktop'],
    [mine('.docker/desktop/docker.sock'), 'Docker Desktop'],
  ]
  if (runtime !== null) {
    sockets.push(
      [join(runtime, 'docker.sock'), 'Docker (rootless)'],
      [join(runtime, 'podman/podman.sock'), 'Podman (rootless)'],
    )
  }
  sockets.push(
    ['/run/podman/podman.sock', 'Podman'],
    [mine('.local/share/containers/podman/machine/podman.sock'), 'Podman'],
    [mine('.local/share/containers/podman/machine/qemu/podman.sock'), 'Podman'],
    [mine('.colima/default/docker.sock'), 'Colima'],
    [mine('.colima/docker.sock'), 'Colima'],
    [mine('.orbstack/run/docker.sock'), 'OrbStack'],
    [mine('.rd/docker.sock'), 'Rancher Desktop'],
    [mine('.lima/docker/sock/docker.sock'), 'Lima'],
  )
  return sockets
}
