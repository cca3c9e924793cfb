import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ElectronApplication, Page } from 'playwright-core'
import { launchChromium, startBrowserServer } from '../support/chromium'
import { launchElectron } from '../support/electron'
import { executableWithHosts, withHosts, type Hosts } from '../support/hosts'
import { tempDir } from '../support/temp'
import { startDisplay } from '../support/xvfb'

export type Driver = 'electron' | 'browser'
export const DRIVERS: readonly Driver[] = ['electron', 'browser']

export interface AppOptions {
  engine: 'bundled' | 'docker'
  /** DOCKER_HOST for the app; null: as on a machine that has none. */
  dockerHost: string | null
  /** What the system says: zh_CN.UTF-8 or en_US.UTF-8 (default). */
  locale?: string
  /** Where it keeps everything; by default a folder of its own. */
  home?: string
  /** Names that the app alone resolves. Needs root. */
  hosts?: Hosts
  /** What docker left for this person: `config.json` of its folder, and the older `.dockercfg`. */
  docker?: { config?: object; legacy?: object }
}

/** The running app, whichever window shows it. The tests see nothing but this. */
export interface RunningApp {
  page: Page
  /** Where it keeps everything. */
  home: string
  /** What main has written. */
  log(): string
  /** What kind of process the bundled engine is: Electron's own word, or whose child it is. */
  engineProcess(): Promise<string>
  /** Errors of the page: exceptions and console.error. A good flow leaves none. */
  pageErrors: string[]
  /** Does `trigger`, which asks the person for files, and answers with these. */
  chooseFiles(paths: string[], trigger: () => Promise<void>): Promise<void>
  /** Does `trigger`, which offers a file to keep, and keeps it as `path`. */
  keepFile(path: string, trigger: () => Promise<void>): Promise<void>
  stop(): Promise<void>
}

/** Starts the built app with a home of its own and waits until the shell is on the page. */
export async function openApp(driver: Driver, options: AppOptions): Promise<RunningApp> {
  const dir = await tempDir('lamu')
  const home = options.home ?? join(dir.path, 'home')
  const user = join(dir.path, 'user')
  await mkdir(join(user, '.docker'), { recursive: true })
  const { config, legacy } = options.docker ?? {}
  if (config) await writeFile(join(user, '.docker/config.json'), JSON.stringify(config))
  if (legacy) await writeFile(join(user, '.dockercfg'), JSON.stringify(legacy))
  const locale = options.locale ?? 'en_US.UTF-8'
  const env = {
    // A person's folder of its own: no docker config, contexts or helpers of this machine.
    ...{ HOME: user, XDG_CONFIG_HOME: join(user, '.config'), XDG_RUNTIME_DIR: user },
    ...{ DOCKER_CONFIG: join(user, '.docker'), DOCKER_HOST: options.dockerHost ?? undefined },
    ...{ LANG: locale, LC_ALL: locale, LANGUAGE: locale.slice(0, 5) },
  }
  const args = [`--home=${home}`, `--engine=${options.engine}`]
  const { hosts } = options
  const started = await (driver === 'electron'
    ? inElectron({ env, args }, hosts && ((path) => executableWithHosts(dir.path, hosts, path)))
    : inBrowser({ env, args, before: hosts && (await withHosts(dir.path, hosts)) }, locale))
  const { page } = started
  const engineProcess = async (): Promise<string> => {
    const lock = await readFile(join(home, 'engine/lock'), 'utf8')
    return started.kindOf((JSON.parse(lock) as { pid: number }).pid)
  }
  const pageErrors: string[] = []
  page.on('pageerror', (error) => pageErrors.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') pageErrors.push(message.text())
  })
  page.setDefaultTimeout(20_000)
  const stop = async (): Promise<void> => {
    await started.stop()
    await dir.remove()
  }
  await page
    .getByTestId('nav-images')
    .waitFor({ timeout: 60_000 })
    .catch(async (cause: unknown) => {
      const shown = await page.content().catch(() => '')
      await stop()
      throw new Error(`the app shows no shell\n${started.log()}\n${shown.slice(0, 2000)}`, {
        cause,
      })
    })
  return { ...started, home, engineProcess, pageErrors, stop }
}

type Started = Omit<RunningApp, 'home' | 'pageErrors' | 'engineProcess'> & {
  kindOf(pid: number): Promise<string>
}
type Environment = Record<string, string | undefined>

interface Command {
  env: Environment
  args: string[]
}

async function inElectron(
  { env, args }: Command,
  wrap: ((executable: string) => Promise<string>) | undefined,
): Promise<Started> {
  const display = await startDisplay()
  const running = await launchElectron({ env: { ...env, ...display.env }, args, wrap })
  const { app, page, log } = running
  return {
    page,
    log,
    kindOf: async (pid) => {
      const all = await app.evaluate((electron) =>
        electron.app.getAppMetrics().map((one) => ({ pid: one.pid, type: one.type })),
      )
      return all.find((one) => one.pid === pid)?.type ?? 'none of Electron’s'
    },
    chooseFiles: async (paths, trigger) => {
      await answerOpenDialog(app, paths)
      await trigger()
    },
    keepFile: async (path, trigger) => {
      await answerSaveDialog(app, path)
      await trigger()
    },
    stop: async () => {
      await running.stop()
      await display.stop()
    },
  }
}

/** The operating system's own dialogs cannot be driven: the next ones answer at once. */
async function answerOpenDialog(app: ElectronApplication, filePaths: string[]): Promise<void> {
  await app.evaluate(({ dialog }, chosen) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: chosen })
  }, filePaths)
}

async function answerSaveDialog(app: ElectronApplication, filePath: string): Promise<void> {
  await app.evaluate(({ dialog }, chosen) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: chosen })
  }, filePath)
}

async function inBrowser(
  command: Command & { before: string[] | undefined },
  locale: string,
): Promise<Started> {
  const server = await startBrowserServer(command)
  const { page, stop } = await launchChromium({ locale: locale.slice(0, 5).replace('_', '-') })
  await page.goto(server.url)
  // Chromium drops requests that are under way when the machine's network interfaces change
  // (ERR_NETWORK_CHANGED), as they do whenever a daemon starts a container: then a person reloads.
  await page
    .getByTestId('nav-images')
    .waitFor({ timeout: 20_000 })
    .catch(() => page.reload())
  return {
    page,
    log: server.service.log,
    kindOf: async (pid) => {
      const parent = /^PPid:\s*(\d+)$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
      return Number(parent) === server.service.pid ? 'child of the server' : `child of ${parent}`
    },
    chooseFiles: async (paths, trigger) => {
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), trigger()])
      await chooser.setFiles(paths)
    },
    keepFile: async (path, trigger) => {
      const [download] = await Promise.all([page.waitForEvent('download'), trigger()])
      await download.saveAs(path)
    },
    stop: async () => {
      await stop()
      await server.stop()
    },
  }
}
