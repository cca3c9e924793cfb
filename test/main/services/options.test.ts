import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultHome, readOptions } from '../../../src/main/services/options'

const strict = { strict: true }

describe('options', () => {
  it('have defaults', () => {
    expect(readOptions([], {}, strict)).toEqual({
      home: join(homedir(), '.config/lamina'),
      engine: null,
      port: 0,
    })
  })

  it.each([
    [['--home', '/h', '--engine', 'bundled', '--port', '8080']],
    [['--home=/h', '--engine=bundled', '--port=8080', '--browser']],
  ])('are read: %j', (args) => {
    expect(readOptions(args, { LAMINA_HOME: '/other' }, strict)).toEqual({
      home: '/h',
      engine: 'bundled',
      port: 8080,
    })
  })

  it('take the home from the environment, as a whole path', () => {
    expect(readOptions([], { LAMINA_HOME: 'x' }, strict).home).toBe(resolve('x'))
    expect(readOptions([], { LAMINA_HOME: '' }, strict).home).toBe(defaultHome({}))
  })

  it('leave Chromium’s switches alone in Electron', () => {
    const args = ['/app', '--no-sandbox', '--remote-debugging-port=0', '--home=/h']
    expect(readOptions(args, {}, { strict: false }).home).toBe('/h')
  })

  it.each([
    [['--nonsense'], '--nonsense'],
    [['file'], 'file'],
    [['--home'], '--home'],
    [['--home='], '--home'],
    [['--engine', 'podman'], '--engine'],
    [['--port', '65536'], '--port'],
    [['--port', '-1'], '--port'],
    [['--port', '0x10'], '--port'],
  ])('are refused: %j', (args, field) => {
    expect(() => readOptions(args, {}, strict)).toThrowError(
      expect.objectContaining({
        code: 'invalid_input',
        params: expect.objectContaining({ field }),
      }),
    )
  })
})

describe('the default home', () => {
  it('is where each platform keeps such things', () => {
    expect(defaultHome({ XDG_CONFIG_HOME: '/x' }, 'linux')).toBe('/x/lamina')
    expect(defaultHome({}, 'darwin')).toBe(join(homedir(), 'Library/Application Support/Lamina'))
    expect(defaultHome({ APPDATA: '/roaming' }, 'win32')).toBe('/roaming/Lamina')
  })
})
