import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseAddress } from '../../../src/main/docker/address'
import { discover, surroundings, type Surroundings } from '../../../src/main/docker/discover'
import { tempDir, type TempDir } from '../../support/temp'

let home: TempDir

beforeEach(async () => {
  home = await tempDir()
})
afterEach(() => home.remove())

/** A machine where only `sockets` exist; a link is written as `from -> to`. */
function machine(sockets: string[], env: Record<string, string> = {}): Surroundings {
  const paths = new Map(
    sockets.map((entry) => {
      const [path = '', target = path] = entry.split(' -> ')
      return [path, target]
    }),
  )
  return {
    env,
    userHome: home.path,
    platform: 'linux',
    uid: 1000,
    resolve: (path) => paths.get(path) ?? null,
  }
}

async function writeContext(name: string, host: string, dir = join(home.path, '.docker')) {
  const folder = createHash('sha256').update(name).digest('hex')
  await mkdir(join(dir, 'contexts/meta', folder), { recursive: true })
  const meta = { Name: name, Metadata: {}, Endpoints: { docker: { Host: host } } }
  await writeFile(join(dir, 'contexts/meta', folder, 'meta.json'), JSON.stringify(meta))
  return join(dir, 'contexts/tls', folder, 'docker')
}

const summary = (where: Surroundings) =>
  discover(where).map(({ name, address, isDefault }) => [name, address, isDefault])

describe('engines of a machine', () => {
  it('lists the default address even where nothing is', () => {
    expect(summary(machine([]))).toEqual([['Docker', 'unix:///var/run/docker.sock', true]])
  })

  it('finds Docker, rootless Docker and both kinds of Podman', () => {
    const found = summary(
      machine(
        [
          '/var/run/docker.sock',
          '/run/user/1000/docker.sock',
          '/run/user/1000/podman/podman.sock',
          '/run/podman/podman.sock',
        ],
        { XDG_RUNTIME_DIR: '/run/user/1000' },
      ),
    )
    expect(found).toEqual([
      ['Docker', 'unix:///var/run/docker.sock', true],
      ['Docker (rootless)', 'unix:///run/user/1000/docker.sock', false],
      ['Podman (rootless)', 'unix:///run/user/1000/podman/podman.sock', false],
      ['Podman', 'unix:///run/podman/podman.sock', false],
    ])
  })

  it('takes two paths to one socket for one engine', () => {
    const desktop = join(home.path, '.docker/run/docker.sock')
    const found = summary(machine([`/var/run/docker.sock -> ${desktop}`, desktop]))
    expect(found).toEqual([['Docker', 'unix:///var/run/docker.sock', true]])
  })

  it('puts DOCKER_HOST first, and only it needs no flag', () => {
    const found = summary(machine(['/var/run/docker.sock'], { DOCKER_HOST: 'tcp://10.0.0.1' }))
    expect(found).toEqual([
      ['DOCKER_HOST', 'tcp://10.0.0.1:2375', true],
      ['Docker', 'unix:///var/run/docker.sock', false],
    ])
  })

  it('follows the current context, unless DOCKER_CONTEXT or DOCKER_HOST say otherwise', async () => {
    await writeContext('colima', 'unix:///home/me/.colima/default/docker.sock')
    await writeContext('server', 'ssh://me@server:2222')
    await writeFile(join(home.path, '.docker/config.json'), '{"currentContext":"colima"}')
    const sockets = ['/var/run/docker.sock']
    const isDefault = (env: Record<string, string>) =>
      discover(machine(sockets, env)).filter((one) => one.isDefault)
    expect(isDefault({})).toMatchObject([{ name: 'context colima' }])
    expect(isDefault({ DOCKER_CONTEXT: 'server' })).toMatchObject([
      {
        address: 'ssh://me@server:2222',
        daemon: { protocol: 'ssh', host: 'server', port: 2222, username: 'me' },
      },
    ])
    expect(isDefault({ DOCKER_CONTEXT: 'default' })).toMatchObject([{ name: 'Docker' }])
    expect(isDefault({ DOCKER_HOST: 'unix:///var/run/docker.sock' })).toMatchObject([
      { name: 'Docker' },
    ])
  })

  it('reads contexts from DOCKER_CONFIG, with their TLS files', async () => {
    const dir = join(home.path, 'elsewhere')
    const tls = await writeContext('tls', 'tcp://10.0.0.2:2376', dir)
    await mkdir(tls, { recursive: true })
    for (const name of ['ca', 'cert', 'key']) await writeFile(join(tls, `${name}.pem`), name)
    const found = discover(machine(['/var/run/docker.sock'], { DOCKER_CONFIG: dir }))
    expect(found.find(({ name }) => name === 'context tls')?.daemon).toEqual({
      protocol: 'https',
      host: '10.0.0.2',
      port: 2376,
      ca: 'ca',
      cert: 'cert',
      key: 'key',
    })
  })

  it('passes over damaged configuration', async () => {
    await mkdir(join(home.path, '.docker/contexts/meta/x'), { recursive: true })
    await writeFile(join(home.path, '.docker/contexts/meta/x/meta.json'), '{"Name":')
    await writeFile(join(home.path, '.docker/config.json'), 'nonsense')
    expect(summary(machine(['/var/run/docker.sock']))).toHaveLength(1)
    expect(discover(surroundings({}, home.path)).length).toBeGreaterThan(0)
  })

  it('knows the pipes of Windows', () => {
    const where = { ...machine(['//./pipe/dockerDesktopLinuxEngine']), platform: 'win32' as const }
    expect(summary(where)).toEqual([
      ['Docker Desktop', 'npipe:////./pipe/dockerDesktopLinuxEngine', false],
    ])
  })
})

describe('an address', () => {
  it.each([
    ['unix:///run/x.sock', 'unix:///run/x.sock', { socketPath: '/run/x.sock' }],
    ['npipe:////./pipe/x', 'npipe:////./pipe/x', { socketPath: '//./pipe/x' }],
    ['npipe://\\\\.\\pipe\\x', 'npipe:////./pipe/x', { socketPath: '//./pipe/x' }],
    ['tcp://h', 'tcp://h:2375', { protocol: 'http', host: 'h', port: 2375 }],
    ['h:1234', 'tcp://h:1234', { protocol: 'http', host: 'h', port: 1234 }],
    ['tcp://[::1]:2375', 'tcp://[::1]:2375', { protocol: 'http', host: '::1', port: 2375 }],
    ['https://h', 'tcp://h:2376', { protocol: 'https', host: 'h', port: 2376 }],
    ['ssh://h', 'ssh://h', { protocol: 'ssh', host: 'h' }],
  ])('%s', (text, address, daemon) => {
    expect(parseAddress(text)).toEqual({ address, daemon })
  })

  it.each(['', 'unix://', 'ftp://h', 'fd://', 'tcp://'])('%j is none', (text) => {
    expect(parseAddress(text)).toBeNull()
  })
})
