import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROJECT } from '../../support/project'
import { run } from '../../support/run'
import { freePort, tempDir, waitFor, type TempDir } from '../../support/temp'

const ENTRY = join(PROJECT, 'out/main/browser.cjs')
let dir: TempDir

beforeAll(async () => {
  dir = await tempDir()
})
afterAll(() => dir.remove())

/** The built entry in plain Node, as `npm start -- --browser` runs it. */
function start(args: string[]) {
  const env = { ...process.env, LAMINA_HOME: join(dir.path, 'home'), DOCKER_HOST: 'unix:///none' }
  const child = spawn(process.execPath, [ENTRY, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const out = { text: '' }
  child.stdout.on('data', (chunk: Buffer) => (out.text += chunk.toString('utf8')))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { child, out, ended }
}

describe('the browser mode', () => {
  it('prints its address first, then the way from elsewhere, and ends cleanly', async () => {
    const port = await freePort()
    const { child, out, ended } = start([`--port=${port}`])
    await waitFor('the address', () => out.text.split('\n').length > 3)
    const [first, second] = out.text.split('\n')
    expect(first).toMatch(
      new RegExp(`^Lamina: http://127\\.0\\.0\\.1:${port}/\\?token=[\\w-]{43}$`),
    )
    expect(second).toContain(`ssh -L ${port}:127.0.0.1:${port} `)
    const page = await fetch(String(first).slice('Lamina: '.length), { redirect: 'manual' })
    expect(page.status).toBe(303)
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(401)
    expect(existsSync(join(dir.path, 'home'))).toBe(true)

    const taken = await run(process.execPath, [ENTRY, `--port=${port}`], {
      env: { LAMINA_HOME: join(dir.path, 'other') },
    })
    expect(taken.code).toBe(1)
    expect(taken.stderr).toContain(`Port ${port} is already in use.`)
    expect(taken.stderr).toContain(`端口 ${port} 已被占用。`)

    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    const engine = await run('pgrep', ['-f', `--root ${dir.path}/home/engine`])
    expect(engine.stdout).toBe('')
  })

  it.each([['--nonsense'], ['--engine=podman'], ['--port=x']])(
    'refuses %s in both languages',
    async (argument) => {
      const refused = await run(process.execPath, [ENTRY, argument])
      expect(refused).toMatchObject({ code: 1, stdout: '' })
      const name = argument.split('=')[0] as string
      expect(refused.stderr).toMatch(new RegExp(`“${name}” was refused`))
      expect(refused.stderr).toContain('请修改后重试。')
    },
  )
})
