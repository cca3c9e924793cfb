import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
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
