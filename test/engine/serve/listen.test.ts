import { createServer, request } from 'node:http'
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { listen, parseHost } from '../../../src/engine/serve/listen'
import { readOptions } from '../../../src/engine/serve/options'
import { tempDir } from '../../support/temp'

async function folder(): Promise<string> {
  const dir = await tempDir('serve')
  onTestFinished(() => dir.remove())
  return dir.path
}

function server() {
  return createServer((_request, response) => response.end('yes'))
}

describe('an address', () => {
  it('is a unix socket, a pipe on Windows, or loopback', () => {
    expect(parseHost('unix:///run/x.sock')).toEqual({ kind: 'unix', path: '/run/x.sock' })
    expect(parseHost('npipe:////./pipe/lamina', 'win32')).toEqual({
      kind: 'pipe',
      path: '\\\\.\\pipe\\lamina',
    })
    expect(parseHost('tcp://127.0.0.1:2375')).toEqual({
      kind: 'tcp',
      host: '127.0.0.1',
      port: 2375,
    })
    expect(parseHost('tcp://[::1]:1')).toMatchObject({ host: '::1' })
  })

  it.each([
    [`unix:///${'x'.repeat(100)}`, 'may have 100 bytes'],
    ['unix://relative', 'no absolute path'],
    ['npipe:////./pipe/x', 'for Windows'],
    ['tcp://0.0.0.0:2375', 'only loopback'],
    ['tcp://127.0.0.1:99999', 'is no unix'],
    ['http://x', 'is no unix'],
  ])('%s is refused', (host, reason) => {
    expect(() => parseHost(host, 'linux')).toThrow(reason)
  })
})

it('makes a folder for this user alone, and takes the socket away at the end', async () => {
  const path = join(await folder(), 'new', 'e.sock')
  const close = await listen(server(), `unix://${path}`)
  expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  const answer = await new Promise<string>((resolve, reject) => {
    request({ socketPath: path, agent: false }, (response) => {
      response.setEncoding('utf8').on('data', resolve)
    })
      .on('error', reject)
      .end()
  })
  expect(answer).toBe('yes')
  await expect(listen(server(), `unix://${path}`)).rejects.toThrow('another process listens')
  await close()
  await expect(stat(path)).rejects.toThrow('ENOENT')
})

it('replaces a socket that nobody answers, and nothing else', async () => {
  const dir = await folder()
  const path = join(dir, 'e.sock')
  await writeFile(path, '')
  await expect(listen(server(), `unix://${path}`)).rejects.toThrow('no socket')
  await mkdir(join(dir, 'd'))
  const stale = join(dir, 'd', 'e.sock')
  const { spawnSync } = await import('node:child_process')
  const script = `require('net').createServer().listen(${JSON.stringify(stale)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', script])
  expect((await stat(stale)).isSocket()).toBe(true)
  const close = await listen(server(), `unix://${stale}`)
  await close()
})

it('reads its options', () => {
  expect(
    readOptions(['--root', '/r', '--host', 'unix:///s', '--insecure-registry', 'a:1']),
  ).toEqual({ root: '/r', host: 'unix:///s', insecureRegistries: ['a:1'] })
  expect(readOptions(['--help'])).toBe('help')
  expect(() => readOptions(['--root', '/r'])).toThrow('--host')
  expect(() => readOptions(['--nope'])).toThrow('arguments')
})
