/** Puts the services together. Electron and the browser mode give it what differs between them. */
import { homedir } from 'node:os'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createBridge, joinHandlers, type Bridge } from './bridge'
import { dockerConfigDir } from './docker/docker-config'
import { surroundings, type Surroundings } from './docker/discover'
import { putInsecureRegistries } from './docker/lamina'
import { applicationHandlers } from './services/application'
import { buildHandlers } from './services/builds'
import { containerHandlers } from './services/containers'
import { CredentialsService } from './services/credentials'
import { DaemonSettingsService } from './services/daemon/daemon-settings'
import { doctorHandlers } from './services/doctor/doctor'
import { mirrorHandlers } from './services/doctor/mirrors'
import { EngineProcess } from './services/engine-process'
import { EnginesService } from './services/engines'
import { EventHub } from './services/event-hub'
import { fileError } from './services/file-errors'
import { FilesService } from './services/files'
import { imageHandlers } from './services/images'
import { transferHandlers } from './services/image-transfers'
import { KnownRepositories } from './services/known-repositories'
import type { Options } from './services/options'
import type { Platform } from './services/platform'
import { RegistriesService } from './services/registries'
import { registryContentHandlers } from './services/registry-contents'
import { registryContainerHandlers } from './services/registry-container'
import { registryCopyAllHandlers } from './services/registry-copy-all'
import { registryCopySizeHandlers } from './services/registry-copy-size'
import { registryCopyHandlers, type CopyDependencies } from './services/registry-copies'
import { RegistryServerService } from './services/registry-server'
import { offerSample } from './services/sample'
import { SettingsService } from './services/settings'
import { storageHandlers } from './services/storage'
import { TasksService } from './services/tasks'
import { treeHandlers } from './services/trees'
import { volumeHandlers } from './services/volumes'

export interface App {
  bridge: Bridge
  events: EventHub
  settings: SettingsService
  files: FilesService
  /** Cancels what runs, waits until it has cleaned up, ends the engine's process. */
  close(): Promise<void>
}

/** Milliseconds that a registry that is saved waits for the bundled engine to be told. */
const TELL_LIMIT = 3000
/** Milliseconds that cancelled tasks get to clean up when the app ends. */
const CLEAN_UP = 5000

export async function createApp(
  options: Pick<Options, 'home' | 'engine'>,
  platform: Platform,
  where: Surroundings = surroundings(process.env, homedir()),
): Promise<App> {
  const { home } = options
  await mkdir(home, { recursive: true, mode: 0o700 }).catch((thrown: unknown) => {
    throw fileError(thrown, home)
  })
  const events = new EventHub()
  const settings = await SettingsService.open(home, events)
  const dockerDir = dockerConfigDir(where.env, where.userHome)
  const files = new FilesService(home, platform.dialogs)
  const tasks = new TasksService(events)
  const credentials = new CredentialsService(
    home,
    platform.secrets,
    dockerDir,
    where.env,
    join(where.userHome, '.dockercfg'),
  )
  await files.start()

  const engine = await EngineProcess.prepare(platform.launchEngine, home)
  const engines = new EnginesService({ events, settings, engine, where, wish: options.engine })
  // An engine that is not there, or too busy, is told when it starts (again).
  const tellInsecure = (hosts: string[]) =>
    putInsecureRegistries(engine.client, hosts, TELL_LIMIT).catch(() => undefined)
  const registryServer = await RegistryServerService.open(home, {
    engines,
    credentials,
    events,
    onChange: () => tellInsecure(registries.insecureHosts()),
  })
  const registries = await RegistriesService.open(home, {
    engines,
    credentials,
    events,
    onInsecure: tellInsecure,
    own: () => registryServer.own(),
  })
  const known = await KnownRepositories.open(home, events, () => registries.hosts())
  const daemonSettings = new DaemonSettingsService({ engines, where, home })
  offerSample(events, engines, settings)
  engine.start({
    onReady: () => {
      engines.lookAtBundled()
      void tellInsecure(registries.insecureHosts())
      void registryServer.engineReady()
    },
    onExit: () => {
      engines.lookAtBundled()
      void registryServer.engineGone()
    },
  })
  engines.start()

  const copies: CopyDependencies = {
    engines,
    tasks,
    known,
    reach: (id) => registries.reach(id),
    authFor: async ({ address, username }) =>
      username === null ? {} : credentials.authFor(address),
  }
  const handlers = joinHandlers(
    applicationHandlers(platform, home),
    settings.handlers(),
    engines.handlers(),
    imageHandlers(engines),
    transferHandlers({
      engines,
      tasks,
      files,
      credentials,
      isInsecure: (host) => registries.insecureHosts().includes(host),
    }),
    containerHandlers({ engines, tasks, files }),
    volumeHandlers(engines),
    buildHandlers({ engines, tasks, files, credentials, hosts: () => registries.hosts() }),
    storageHandlers(engines, tasks),
    treeHandlers(engines, tasks),
    registries.handlers(),
    registryServer.handlers(),
    registryContentHandlers({ engines, known, reach: (id) => registries.reach(id) }),
    registryCopyHandlers(copies),
    registryCopyAllHandlers(copies),
    registryCopySizeHandlers(copies),
    registryContainerHandlers({ engines, registries, path: where.env.PATH ?? '' }),
    daemonSettings.handlers(),
    doctorHandlers({ engines, settings: daemonSettings }),
    mirrorHandlers(engines),
    tasks.handlers(),
    files.handlers(),
  )
  return {
    bridge: createBridge(handlers, events),
    events,
    settings,
    files,
    async close() {
      await tasks.close(CLEAN_UP)
      engines.close()
      await engine.close()
      await files.close()
    },
  }
}
