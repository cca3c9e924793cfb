/** The engine in use as the settings see it: where its file is, what stands in it, who may write. */
import type { LiveSettings, SettingsObstacle } from '@shared/doctor'
import { LaminaError } from '@shared/errors'
import type { DockerClient } from '../../docker/client'
import type { Surroundings } from '../../docker/discover'
import { readRegistryInfo, type RegistryInfo } from '../../docker/registry-settings'
import type { EngineConnection } from '../engines'
import { faultOf } from './document'
import { isWritable, readIfThere } from './file'
import { certificateFile, settingsPlace, type SettingsPlace } from './place'
import { findDaemon, seesOther, type DaemonProcess } from './process'

export interface Found {
  connection: EngineConnection
  place: SettingsPlace
  /** Of a local Linux daemon. */
  daemon: DaemonProcess | null
  live: LiveSettings | null
  /** Why daemon.json is not changed by Lamina. */
  obstacle: SettingsObstacle | null
  detail: string | null
  /** The file; null where it is not there or is none of ours to read. */
  content: Buffer | null
}

/** Kinds whose file lies here and is read by dockerd itself. */
const OURS: readonly string[] = ['rootful', 'rootless', 'windows']

const NOTHING_TOLD: RegistryInfo = { operatingSystem: '', rootless: false, live: null }

export async function lookUp(
  connection: EngineConnection,
  where: Surroundings,
  signal?: AbortSignal,
): Promise<Found> {
  const { engine, client, daemon: address } = connection
  const info = engine.kind === 'bundled' ? NOTHING_TOLD : await readInfoIfThere(client, signal)
  const socket = address?.socketPath
  const daemon =
    where.platform === 'linux' && engine.kind === 'docker' && socket !== undefined
      ? await findDaemon(socket)
      : null
  const facts = {
    engine: engine.kind,
    address: engine.address,
    platform: where.platform,
    env: where.env,
    userHome: where.userHome,
    operatingSystem: info.operatingSystem,
    rootless: info.rootless,
  }
  const known = daemon && { configFile: daemon.configFile, env: daemon.env, elsewhere: false }
  let place = settingsPlace({ ...facts, daemon: known })
  if (daemon && known && place.path !== null && (await seesOther(daemon.pid, place.path))) {
    place = settingsPlace({ ...facts, daemon: { ...known, elsewhere: true } })
  }
  const state = await stateOf(place, where.platform)
  return { connection, place, daemon, live: info.live, ...state }
}

/** A daemon that is down tells nothing: its file can be looked at all the same, and put back. */
async function readInfoIfThere(client: DockerClient, signal?: AbortSignal): Promise<RegistryInfo> {
  try {
    return await readRegistryInfo(client, signal)
  } catch (thrown) {
    const code = thrown instanceof LaminaError ? thrown.code : null
    if (code === 'engine_unreachable' || code === 'engine_lost') return NOTHING_TOLD
    throw thrown
  }
}

/** The file of a registry's authority. */
export function authorityFile({ place }: Found, address: string): string {
  return certificateFile(place, address, place.kind === 'windows')
}

/** Why a file that dockerd reads cannot be written by Lamina, whatever stands in it. */
export async function placeObstacle(
  { place }: Pick<Found, 'place'>,
  platform: NodeJS.Platform,
  path: string | null = place.path,
): Promise<SettingsObstacle | null> {
  switch (place.kind) {
    case 'podman':
    case 'podman-machine':
      return 'podman'
    case 'orbstack':
    case 'colima':
    case 'vm':
      return 'vm'
    case 'bundled':
    case 'desktop':
    case 'remote':
    case 'container':
      return place.kind
    default: {
      const here = platform === (place.kind === 'windows' ? 'win32' : 'linux')
      return path !== null && here && (await isWritable(path)) ? null : 'no-rights'
    }
  }
}

async function stateOf(
  place: SettingsPlace,
  platform: NodeJS.Platform,
): Promise<Pick<Found, 'obstacle' | 'detail' | 'content'>> {
  const obstacle = await placeObstacle({ place }, platform)
  const readable = OURS.includes(place.kind) || place.kind === 'desktop'
  if (place.path === null || !readable) return { obstacle, detail: null, content: null }
  let content: Buffer | null
  try {
    content = await readIfThere(place.path)
  } catch {
    return { obstacle: obstacle ?? 'no-rights', detail: null, content: null }
  }
  const fault = content === null ? null : faultOf(content.toString('utf8'))
  return { obstacle: fault?.obstacle ?? obstacle, detail: fault?.detail ?? null, content }
}
