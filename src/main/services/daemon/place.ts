/**
 * Where each kind of engine keeps its settings and its registries' certificates. Pure: the machine
 * is given. Sources: docs.docker.com/reference/cli/dockerd/#daemon-configuration-file,
 * docs.docker.com/engine/security/rootless, docs.docker.com/desktop/settings-and-maintenance,
 * docs.docker.com/engine/security/certificates, containers-registries.conf.d(5), docs.orbstack.dev.
 */
import { posix, win32 } from 'node:path'
import type { SettingsKind } from '@shared/doctor'
import type { EngineKind } from '@shared/models'

export interface PlaceFacts {
  engine: EngineKind
  /** `unix:///var/run/docker.sock`, `npipe://…`, `tcp://…`, `ssh://…`. */
  address: string
  platform: NodeJS.Platform
  env: Readonly<Record<string, string | undefined>>
  userHome: string
  /** `OperatingSystem` of /info. */
  operatingSystem: string
  rootless: boolean
  /** The daemon's own process, where it was found. */
  daemon: {
    configFile: string | null
    env: Readonly<Record<string, string | undefined>> | null
    /** It sees other files than we do: it runs in a container. */
    elsewhere: boolean
  } | null
}

export interface SettingsPlace {
  kind: SettingsKind
  /** daemon.json, or what stands for it; null for the bundled engine. */
  path: string | null
  /** The folder of folders named HOST:PORT; null where there is none. */
  certificates: string | null
  /** The path comes from the daemon itself. */
  certain: boolean
}

export function settingsPlace(facts: PlaceFacts): SettingsPlace {
  const { engine, address, platform, daemon } = facts
  const usual = (kind: SettingsKind, path: string | null, certificates: string | null) => ({
    kind,
    path,
    certificates,
    certain: false,
  })
  const mine = (...parts: string[]) =>
    (platform === 'win32' ? win32 : posix).join(facts.userHome, ...parts)
  const local = /^(?:unix|npipe):/.test(address)
  if (engine === 'bundled') return usual('bundled', null, null)
  if (engine === 'podman') return podman(facts, local)
  if (!local) return usual('remote', '/etc/docker/daemon.json', '/etc/docker/certs.d')
  if (address.includes('/.orbstack/')) {
    return usual('orbstack', mine('.orbstack', 'config', 'docker.json'), null)
  }
  if (address.includes('/.colima/')) {
    return usual('colima', mine('.colima', 'default', 'colima.yaml'), null)
  }
  if (/\/\.(?:rd|lima)\//.test(address)) {
    return usual('vm', '/etc/docker/daemon.json', '/etc/docker/certs.d')
  }
  if (/docker desktop/i.test(facts.operatingSystem) || address.includes('/.docker/')) {
    return usual('desktop', mine('.docker', 'daemon.json'), mine('.docker', 'certs.d'))
  }
  if (platform === 'win32') {
    const data = facts.env.ProgramData ?? 'C:\\ProgramData'
    return usual(
      'windows',
      win32.join(data, 'docker', 'config', 'daemon.json'),
      win32.join(data, 'docker', 'certs.d'),
    )
  }
  if (platform === 'darwin') return usual('vm', '/etc/docker/daemon.json', '/etc/docker/certs.d')
  const folder = facts.rootless ? rootlessFolder(facts) : '/etc/docker'
  return {
    kind: daemon?.elsewhere ? 'container' : facts.rootless ? 'rootless' : 'rootful',
    path: daemon?.configFile ?? posix.join(folder, 'daemon.json'),
    certificates: posix.join(folder, 'certs.d'),
    certain: daemon !== null,
  }
}

/** The folder of a registry in certs.d; Windows has no colons in names. */
export function certificateFile(place: SettingsPlace, address: string, windows: boolean): string {
  const path = windows ? win32 : posix
  const folder = windows ? address.replaceAll(':', '') : address
  return path.join(place.certificates ?? '', folder, 'ca.crt')
}

/** The daemon's own idea of a home, where it is known: rootless Docker may run as another user. */
function rootlessFolder({ daemon, env, userHome }: PlaceFacts): string {
  const its = daemon?.env ?? env
  const config = its.XDG_CONFIG_HOME
  return config ? posix.join(config, 'docker') : posix.join(its.HOME ?? userHome, '.config/docker')
}

function podman({ address, platform, env, userHome }: PlaceFacts, local: boolean): SettingsPlace {
  const rootful = '/etc/containers'
  const home = env.XDG_CONFIG_HOME ?? posix.join(userHome, '.config')
  const inMachine = platform !== 'linux' || address.includes('/podman/machine/')
  const isRootful = inMachine || !local || /^unix:\/\/(?:\/var)?\/run\/podman\//.test(address)
  const folder = isRootful ? rootful : posix.join(home, 'containers')
  return {
    kind: inMachine ? 'podman-machine' : local ? 'podman' : 'remote',
    path: posix.join(folder, 'registries.conf.d', 'lamina.conf'),
    certificates: posix.join(folder, 'certs.d'),
    certain: false,
  }
}
