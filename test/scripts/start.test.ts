import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { missingPackages } from '../../scripts/lib/apt.mjs'
import { hasDisplay } from '../../scripts/lib/display.mjs'
import { TEST_PACKAGES, WINDOW_PACKAGES } from '../../scripts/lib/system-packages.mjs'
import { PROJECT } from '../support/project'
import { run } from '../support/run'

describe('npm start', () => {
  const start = (...args: string[]): ReturnType<typeof run> =>
    run(process.execPath, [join(PROJECT, 'scripts/start.mjs'), ...args])

  it.each([
    [['--port', '70000'], '--port: not a port: 70000'],
    [['--port', 'x'], '--port: not a port: x'],
    [['--engine', 'podman'], '--engine: bundled or docker, not podman'],
    [['--colour'], 'npm start -- [options]'],
    [['leftover'], 'npm start -- [options]'],
  ])('refuses %j before it sets anything up', async (args, sentence) => {
    const { stderr, code } = await start(...args)
    expect(stderr).toContain(sentence)
    expect(stderr).not.toMatch(/^ +at /m)
    expect(code).toBe(1)
  })

  it('explains itself', async () => {
    const { stdout, code } = await start('--help')
    expect(stdout).toContain('--home DIR')
    expect(code).toBe(0)
  })

  it('knows where a window can open', () => {
    expect(hasDisplay('linux', {})).toBe(false)
    expect(hasDisplay('linux', { DISPLAY: '' })).toBe(false)
    expect(hasDisplay('linux', { DISPLAY: ':0' })).toBe(true)
    expect(hasDisplay('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toBe(true)
    expect(hasDisplay('darwin', {})).toBe(true)
    expect(hasDisplay('win32', {})).toBe(true)
  })
})

describe('system packages', () => {
  it('sees what is here and what is not', () => {
    const here = { names: ['nodejs'], files: [process.execPath, '/nonexistent'], for: 'Node' }
    const gone = { names: ['gone'], command: 'no-such-command', for: 'nothing' }
    const lib = { names: ['lib'], library: 'libnosuch.so.9', for: 'nothing' }
    expect(missingPackages([here, gone, lib])).toEqual([gone, lib])
  })

  it('says for each what it is for and how to see it', () => {
    for (const row of [...WINDOW_PACKAGES, ...TEST_PACKAGES]) {
      expect(row.for).toMatch(/\w/)
      expect([row.command, row.library, row.files].filter(Boolean)).toHaveLength(1)
    }
  })
})
