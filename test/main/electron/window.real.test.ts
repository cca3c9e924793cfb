import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientMessage, ServerMessage } from '../../../src/shared/contract'
import type { LaminaBridge } from '../../../src/shared/preload-api'
import { electronBinary, launchElectron, type RunningElectron } from '../../support/electron'
import { PROJECT } from '../../support/project'
import { run } from '../../support/run'
import { tempDir, waitFor, type TempDir } from '../../support/temp'
import { startDisplay, type Display } from '../../support/xvfb'

/** What a page of the window can do, tried from inside the real window. */
let dir: TempDir
let display: Display
let electron: RunningElectron
let home: string
let env: Record<string, string | undefined>
/** A site of somebody else's; it counts who comes. */
let site: Server
let visits = 0

beforeAll(async () => {
  dir = await tempDir()
  home = join(dir.path, 'home')
  display = await startDisplay()
  env = { ...display.env, DOCKER_HOST: undefined, HOME: dir.path, LANG: 'zh_CN.UTF-8' }
  site = createServer((_request, response) => {
    visits++
    response.setHeader('Access-Control-Allow-Origin', '*').end('alert(1)')
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  electron = await launchElectron({ env, args: [`--home=${home}`, '--engine=bundled'] })
  await electron.page.getByTestId('nav-images').waitFor()
})

afterAll(async () => {
  await electron.stop()
  await display.stop()
  site.close()
  await dir.remove()
})

const siteUrl = () => `http://127.0.0.1:${(site.address() as AddressInfo).port}/`

/** Runs a script in the page, with the foreign site's address as `url`. */
function inPage(script: string): Promise<unknown> {
  return electron.page.evaluate(`(async (url) => {${script}})(${JSON.stringify(siteUrl())})`)
}

/** Sends one message as the page would, and waits for its answer. */
function ask(message: Extract<ClientMessage, { type: 'call' }>): Promise<unknown> {
  return electron.page.evaluate((sent) => {
    const { lamina } = globalThis as typeof globalThis & { lamina: LaminaBridge }
    return new Promise<ServerMessage>((resolve) => {
      const stop = lamina.onMessage((answer) => {
        if (answer.type !== 'result' || answer.id !== sent.id) return
        stop()
        resolve(answer)
      })
      lamina.send(sent)
    })
  }, message)
}

describe('the page', () => {
  it('has no Node, no Electron, and a bridge of two functions', async () => {
    const seen = await electron.page.evaluate(() => {
      const all = globalThis as Record<string, unknown>
      return {
        node: ['require', 'process', 'module', 'Buffer', 'ipcRenderer', 'electron'].filter(
          (name) => all[name] !== undefined,
        ),
        bridge: Object.keys(all.lamina as object),
      }
    })
    expect(seen).toEqual({ node: [], bridge: ['send', 'onMessage'] })
  })

  it('runs in a sandbox with a world of its own', async () => {
    const preferences = await electron.app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents ?? {}
      // There, but not in Electron's types.
      return Reflect.get(contents, 'getLastWebPreferences').call(contents)
    })
    expect(preferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
    })
  })

  it('is answered by value, and refused with a code', async () => {
    expect(await ask({ type: 'call', id: 1e6, name: 'app.info', input: {} })).toMatchObject({
      ok: true,
      value: {
        mode: 'electron',
        electron: { source: (await electronBinary()).source },
        home,
        locale: 'zh-CN',
      },
    })
    const unknown = await ask({ type: 'call', id: 1e6 + 1, name: 'shell.run', input: {} })
    expect(unknown).toMatchObject({ ok: false, error: { code: 'unknown_call' } })
    const url = 'https://evil.example/'
    const input = { url }
    const opened = await ask({ type: 'call', id: 1e6 + 2, name: 'app.openExternal', input })
    expect(opened).toMatchObject({ ok: false, error: { code: 'invalid_input' } })
  })

  it('cannot leave, and cannot open or embed another', async () => {
    const before = electron.page.url()
    const found = await inPage(`
      const opened = window.open(url) !== null
      const frame = document.createElement('iframe')
      frame.src = url
      document.body.append(frame)
      location.href = url
      await new Promise((resolve) => setTimeout(resolve, 500))
      frame.remove()
      return { opened }`)
    expect(found).toEqual({ opened: false })
    expect(electron.page.url()).toBe(before)
    expect(electron.app.windows()).toHaveLength(1)
  })

  it('loads nothing from elsewhere, and runs nothing inline', async () => {
    const found = await inPage(`
      const script = document.createElement('script')
      script.textContent = 'globalThis.inlineRan = true'
      document.body.append(script)
      const remote = document.createElement('script')
      remote.src = url
      document.body.append(remote)
      new Image().src = url
      const fetched = await fetch(url).then(() => true, () => false)
      const socket = await new Promise((resolve) => {
        try {
          const tried = new WebSocket(url.replace('http', 'ws'))
          tried.onopen = () => resolve(true)
          tried.onerror = () => resolve(false)
        } catch {
          resolve(false)
        }
      })
      await new Promise((resolve) => setTimeout(resolve, 300))
      script.remove()
      remote.remove()
      return { fetched, socket, inline: 'inlineRan' in globalThis }`)
    expect(found).toEqual({ fetched: false, socket: false, inline: false })
    expect(visits).toBe(0)
  })

  it('reads no file outside the interface', async () => {
    const found = await electron.page.evaluate(() =>
      Promise.all(
        ['/../../package.json', '/..%2f..%2fpackage.json', '/%2e%2e/main/index.cjs'].map((path) =>
          fetch(`lamina://app${path}`).then(
            ({ status }) => status,
            () => 0,
          ),
        ),
      ),
    )
    expect(found).toEqual([404, 404, 404])
    const file = await electron.page.evaluate(() =>
      fetch('file:///etc/passwd').then(
        () => true,
        () => false,
      ),
    )
    expect(file).toBe(false)
  })

  it('may be reloaded', async () => {
    await electron.page.reload()
    await electron.page.getByTestId('nav-images').waitFor()
    const answer = await ask({ type: 'call', id: 1e6, name: 'settings.get', input: {} })
    expect(answer).toMatchObject({ ok: true })
  })
})

describe('the app', () => {
  it('is not smaller than 900 px, and has its menu in the language that is set', async () => {
    const menu = () =>
      electron.app.evaluate(({ Menu }) =>
        Menu.getApplicationMenu()?.items.map(({ label }) => label),
      )
    expect(await menu()).toEqual(['文件', '编辑', '视图', '窗口'])
    const input = { language: 'en' }
    await ask({ type: 'call', id: 2e6, name: 'settings.set', input })
    expect(await menu()).toEqual(['File', 'Edit', 'View', 'Window'])
    const least = await electron.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.getMinimumSize(),
    )
    expect(least).toEqual([900, 600])
  })

  it('keeps everything of its own in its home', async () => {
    const userData = await electron.app.evaluate(({ app }) => app.getPath('userData'))
    expect(userData).toBe(join(home, 'electron'))
  })

  it('runs once for a home: the second one ends at once', async () => {
    const { path } = await electronBinary()
    const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
    const second = await run(path, [...sandbox, PROJECT, `--home=${home}`], {
      env,
      timeout: 30_000,
    })
    expect(second.code).toBe(0)
    expect(electron.app.windows()).toHaveLength(1)
  })

  it('takes the engine’s process along, even when it is killed', async () => {
    const other = join(dir.path, 'other')
    const args = [`--home=${other}`, '--engine=bundled']
    const killed = await launchElectron({ env, args })
    const lock = () => run('pgrep', ['-f', `--root ${other}/engine`])
    await killed.page.getByTestId('nav-images').waitFor()
    await waitFor('the engine', async () =>
      (await readFile(join(other, 'settings.json'), 'utf8')).includes('"sampleMade": true'),
    )
    killed.app.process().kill('SIGKILL')
    await waitFor('the engine’s end', async () => (await lock()).stdout === '')
    await killed.stop().catch(() => undefined)
  })
})
