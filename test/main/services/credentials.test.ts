import { lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CredentialsService, hostOfKey } from '../../../src/main/services/credentials'
import type { SecretBox } from '../../../src/main/services/platform'
import { tempDir, type TempDir } from '../../support/temp'

let dir: TempDir
let home: string
let dockerDir: string
/** Reversible, so that the test can see that the file holds what the keychain gave. */
const box: SecretBox = {
  encrypt: (text) => Buffer.from([...text].reverse().join('')).toString('base64'),
  decrypt: (base64) => [...Buffer.from(base64, 'base64').toString('utf8')].reverse().join(''),
}
const LOGIN = { username: 'ann', password: 'secret' }

beforeEach(async () => {
  dir = await tempDir()
  home = join(dir.path, 'home')
  dockerDir = join(dir.path, 'docker')
  await mkdir(dockerDir)
})
afterEach(() => dir.remove())

const service = (keychain: SecretBox | null) =>
  new CredentialsService(home, keychain, dockerDir, { PATH: process.env.PATH })

describe('with a keychain', () => {
  it('keeps a login over a restart, encrypted, for the owner only', async () => {
    expect(await service(box).where('a.lab')).toEqual({ kind: 'keychain' })
    expect(await service(box).save('a.lab', LOGIN)).toEqual({ kind: 'keychain' })
    const file = join(home, 'secrets.json')
    expect(await readFile(file, 'utf8')).not.toContain('secret')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await service(box).find('a.lab')).toEqual({
      store: { kind: 'keychain' },
      auth: { ...LOGIN, serveraddress: 'a.lab' },
    })
    await service(box).erase('a.lab', { kind: 'keychain' })
    expect(await service(box).find('a.lab')).toBeNull()
  })

  it('knows nothing where the keychain cannot open what is there', async () => {
    await service(box).save('a.lab', LOGIN)
    const other: SecretBox = {
      ...box,
      decrypt: () => {
        throw new Error('another keychain')
      },
    }
    expect(await service(other).find('a.lab')).toBeNull()
    expect(await service(null).find('a.lab')).toBeNull()
  })
})

it('without one, keeps a login for this run only', async () => {
  const run = service(null)
  expect(await run.save('a.lab', LOGIN)).toEqual({ kind: 'memory' })
  expect(await run.authFor('a.lab')).toMatchObject(LOGIN)
  expect(await service(null).authFor('a.lab')).toEqual({})
})

describe('logins of docker login in config.json', () => {
  const auth = (text: string) => Buffer.from(text).toString('base64')

  it.each([
    ['a.lab:5000', 'a.lab:5000'],
    ['https://a.lab:5000', 'a.lab:5000'],
    ['https://a.lab:5000/v1/', 'a.lab:5000'],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['index.docker.io', 'docker.io'],
  ])('finds %s for %s', async (key, host) => {
    const auths = { [key]: { auth: auth('ann:pa:ss') } }
    await writeFile(join(dockerDir, 'config.json'), JSON.stringify({ auths }))
    expect(await service(null).find(host)).toMatchObject({
      store: { kind: 'docker-config' },
      auth: { username: 'ann', password: 'pa:ss' },
    })
    expect(await service(null).find('b.lab')).toBeNull()
    expect(hostOfKey(key)).toBe(host)
  })

  it('reads identity tokens, and passes over what is empty or damaged', async () => {
    const auths = {
      'token.lab': { auth: auth('0:'), identitytoken: 'refresh' },
      'empty.lab': {},
      'odd.lab': { auth: '***' },
      'wrong.lab': 5,
    }
    await writeFile(join(dockerDir, 'config.json'), JSON.stringify({ auths, more: 1 }))
    const credentials = service(null)
    expect(await credentials.authFor('token.lab')).toEqual({
      username: '0',
      identitytoken: 'refresh',
      serveraddress: 'token.lab',
    })
    for (const host of ['empty.lab', 'odd.lab', 'wrong.lab']) {
      expect(await credentials.authFor(host)).toEqual({})
    }
  })

  it('prefers what was entered in Lamina', async () => {
    const auths = { 'a.lab': { auth: auth('old:old') } }
    await writeFile(join(dockerDir, 'config.json'), JSON.stringify({ auths }))
    const credentials = service(null)
    await credentials.save('a.lab', LOGIN)
    expect(await credentials.authFor('a.lab')).toMatchObject(LOGIN)
    await credentials.erase('a.lab', { kind: 'memory' })
    expect(await credentials.authFor('a.lab')).toMatchObject({ username: 'old' })
  })
})

describe('config.json, written by choice', () => {
  const file = () => join(dockerDir, 'config.json')
  const auth = (text: string) => Buffer.from(text).toString('base64')
  const save = (host = 'a.lab') => service(null).save(host, LOGIN, 'docker-config')

  it('is made as docker makes it, for the owner only', async () => {
    expect(await save()).toEqual({ kind: 'docker-config' })
    expect(JSON.parse(await readFile(file(), 'utf8'))).toEqual({
      auths: { 'a.lab': { auth: auth('ann:secret') } },
    })
    expect((await stat(file())).mode & 0o777).toBe(0o600)
    await save('docker.io')
    const { auths } = JSON.parse(await readFile(file(), 'utf8')) as { auths: object }
    expect(Object.keys(auths)).toEqual(['a.lab', 'https://index.docker.io/v1/'])
  })

  it('keeps everything else as it stands: unknown keys, order, indentation, line ends', async () => {
    const lines = [
      '{',
      '   "HttpHeaders": {"X": [1, 2]},',
      '   "auths": {',
      '      "https://a.lab/v1/": {"auth": "b2xkOm9sZA==", "email": "a@b"},',
      '      "b.lab": {}',
      '   },',
      '   "plugins" : { "x":{"y":"z"} }',
      '}',
      '',
    ]
    await writeFile(file(), lines.join('\r\n'))
    await save()
    const text = await readFile(file(), 'utf8')
    expect(text).toContain('   "HttpHeaders": {"X": [1, 2]},\r\n')
    expect(text).toContain('   "plugins" : { "x":{"y":"z"} }\r\n}\r\n')
    expect(text).not.toContain('https://a.lab/v1/')
    expect(text.replace(/\r\n/g, '')).not.toContain('\n')
    expect((JSON.parse(text) as { auths: object }).auths).toEqual({
      'b.lab': {},
      'a.lab': { auth: auth('ann:secret') },
    })
    await service(null).erase('a.lab', { kind: 'docker-config' })
    expect(JSON.parse(await readFile(file(), 'utf8'))).toMatchObject({ auths: { 'b.lab': {} } })
    expect(await readFile(file(), 'utf8')).not.toContain('a.lab')
  })

  it('is written through a link, and left alone when it is no JSON', async () => {
    const real = join(dir.path, 'dotfiles.json')
    await writeFile(real, '{\n\t"auths": {}\n}')
    await symlink(real, file())
    await save()
    expect((await lstat(file())).isSymbolicLink()).toBe(true)
    expect(await readFile(real, 'utf8')).toContain('\t\t"a.lab": {\n\t\t\t"auth"')
    await writeFile(real, '{"auths": {')
    await expect(save()).rejects.toMatchObject({ code: 'docker_config_broken' })
    expect(await readFile(real, 'utf8')).toBe('{"auths": {')
    expect(await readdir(dockerDir)).toEqual(['config.json'])
  })

  it('loses nothing when many are written at once', async () => {
    const run = service(null)
    const hosts = Array.from({ length: 12 }, (_, at) => `r${at}.lab`)
    await Promise.all(hosts.map((host) => run.save(host, LOGIN, 'docker-config')))
    for (const host of hosts) expect(await service(null).authFor(host)).toMatchObject(LOGIN)
  })

  it('is offered last, and not beside a helper, which docker would ask instead', async () => {
    expect(await service(box).choices('a.lab')).toEqual([
      { kind: 'keychain' },
      { kind: 'memory' },
      { kind: 'docker-config' },
    ])
    await writeFile(file(), JSON.stringify({ credHelpers: { 'a.lab': 'not-there' } }))
    expect(await service(box).choices('a.lab')).toEqual([{ kind: 'keychain' }, { kind: 'memory' }])
    await expect(service(box).save('a.lab', LOGIN, 'docker-helper')).rejects.toMatchObject({
      code: 'secret_not_kept',
      params: { name: 'not-there' },
    })
    expect(await service(box).save('a.lab', LOGIN, 'memory')).toEqual({ kind: 'memory' })
  })

  it('tells of logins of docker’s, those of an old .dockercfg too', async () => {
    const legacy = join(dir.path, '.dockercfg')
    const with_ = () => new CredentialsService(home, null, dockerDir, {}, legacy)
    expect(await with_().found()).toEqual([])
    await writeFile(legacy, JSON.stringify({ 'https://old.lab/v1/': { auth: auth('bob:old') } }))
    const auths = { 'a.lab': { auth: auth('ann:x') }, 'b.lab': {}, 't.lab': { identitytoken: 't' } }
    await writeFile(file(), JSON.stringify({ auths }))
    const store = { kind: 'docker-config' }
    expect(await with_().found()).toEqual([
      { address: 'a.lab', username: 'ann', store },
      { address: 'old.lab', username: 'bob', store },
      { address: 't.lab', username: '<token>', store },
    ])
    expect(await with_().authFor('old.lab')).toMatchObject({ username: 'bob', password: 'old' })
    await writeFile(legacy, `auth = ${auth('eve:hub')}\nemail = e@x\n`)
    expect(await with_().authFor('docker.io')).toMatchObject({ username: 'eve', password: 'hub' })
  })
})
