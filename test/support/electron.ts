import { join } from 'node:path'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'
import { PROJECT } from './project'
import { runOk } from './run'

export interface ElectronBinary {
  path: string
  source: 'official' | 'fallback' | 'custom'
}

let found: Promise<ElectronBinary> | undefined

/** The binary that `npm start` would use; rejects when this machine has none. */
export function electronBinary(): Promise<ElectronBinary> {
  found ??= (async () => {
    const text = await runOk(process.execPath, [join(PROJECT, 'scripts/electron.mjs')], {
      timeout: 600_000,
    })
    const binary = JSON.parse(text) as ElectronBinary | null
    if (!binary) throw new Error('there is no Electron binary for this machine')
    return binary
  })()
  return found
}

export interface RunningElectron {
  app: ElectronApplication
  page: Page
  /** What main wrote so far to standard output and standard error. */
  log(): string
  stop(): Promise<void>
}

/** Opens the built app in Electron, as `npm start` does, and waits for its first window. */
export async function launchElectron(options: {
  /** Added to this process's environment; undefined removes a name. */
  env: Record<string, string | undefined>
  args: string[]
  /** The program in the place of Electron, which it starts. */
  wrap?: (executable: string) => Promise<string>
}): Promise<RunningElectron> {
  const binary = await electronBinary()
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const merged = { ...process.env, LAMINA_ELECTRON_SOURCE: binary.source, ...options.env }
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(merged)) if (value !== undefined) env[name] = value
  const app = await _electron.launch({
    executablePath: (await options.wrap?.(binary.path)) ?? binary.path,
    args: [...sandbox, PROJECT, ...options.args],
    env,
    timeout: 60_000,
  })
  let log = ''
  const keep = (chunk: Buffer): void => void (log += chunk.toString('utf8'))
  app.process().stdout?.on('data', keep)
  app.process().stderr?.on('data', keep)
  const page = await app.firstWindow({ timeout: 60_000 }).catch(async (cause: unknown) => {
    await app.close()
    throw new Error(`Electron opened no window:\n${log}`, { cause })
  })
  return { app, page, log: () => log, stop: () => app.close() }
}
