import { join } from 'node:path'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { startService, type Service } from './child'
import { PROJECT } from './project'
import { run } from './run'
import { tempDir, waitFor } from './temp'

export interface BrowserServer {
  /** The printed address, with its one-time token. */
  url: string
  service: Service
  stop(): Promise<void>
}

/**
 * Starts the browser mode (`out/main/browser.cjs`, or with `command` the script of `npm start`) and
 * reads its address from what it prints.
 */
export async function startBrowserServer(options: {
  env: Record<string, string | undefined>
  args: string[]
  command?: boolean
  /** Words before the command. */
  before?: string[]
}): Promise<BrowserServer> {
  const entry = options.command ? ['scripts/start.mjs', '--browser'] : ['out/main/browser.cjs']
  const [script = '', ...flags] = entry
  const args = [join(PROJECT, script), ...flags, ...options.args]
  const [program = '', ...words] = [...(options.before ?? []), process.execPath, ...args]
  const service = await startService(program, words, { env: options.env })
  const url = await waitFor('the address of the browser mode', () => {
    if (!service.isRunning()) return 'ended'
    return /http:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):\d+\/\S*/.exec(service.log())?.[0]
  }).catch(async (cause: unknown) => {
    await service.stop()
    throw new Error(`no address in: ${service.log()}`, { cause })
  })
  if (url === 'ended') throw new Error(`the browser mode ended at once: ${service.log()}`)
  return { url, service, stop: () => service.stop() }
}

/** A headless Chromium (Debian's package) with one page. */
export async function launchChromium(
  options: BrowserContextOptions = {},
): Promise<{ browser: Browser; page: Page; stop(): Promise<void> }> {
  const found = await run('sh', ['-c', 'command -v chromium || command -v chromium-browser'])
  const executablePath = process.env.LAMINA_CHROMIUM ?? found.stdout.trim()
  if (!executablePath) throw new Error('chromium is missing: `npm test` installs it on Debian')
  // Crash reports and the profile go to a folder of their own, not to the user's.
  const home = await tempDir('lamc')
  const browser = await chromium.launch({
    executablePath,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    // Without a UTF-8 locale Chromium finds no file that has a Chinese name.
    env: { ...process.env, HOME: home.path, LC_ALL: 'C.UTF-8' } as Record<string, string>,
  })
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  const stop = async (): Promise<void> => {
    await browser.close()
    await home.remove()
  }
  return { browser, page, stop }
}
