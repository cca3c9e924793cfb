import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CredentialsService } from '../../../src/main/services/credentials'
import { run, runOk } from '../../support/run'
import { tempDir, type TempDir } from '../../support/temp'

/** Docker's real helper for `pass`, with a key ring and a store of the test's own. */
let dir: TempDir
let env: Record<string, string | undefined>
let dockerDir: string

const HOST = 'registry.lab:5000'
const LOGIN = { username: 'ann', password: 'pa:ss "wörd"\\' }

beforeAll(async () => {
  dir = await tempDir('gpg')
  const gnupg = join(dir.path, 'gnupg')
  dockerDir = join(dir.path, 'docker')
  await mkdir(gnupg, { mode: 0o700 })
  await mkdir(dockerDir)
  env = {
    PATH: process.env.PATH,
    HOME: dir.path,
    GNUPGHOME: gnupg,
    PASSWORD_STORE_DIR: join(dir.path, 'store'),
  }
  const key = ['%no-protection', 'Key-Type: eddsa', 'Key-Curve: ed25519', 'Key-Usage: sign']
  const sub = ['Subkey-Type: ecdh', 'Subkey-Curve: cv25519', 'Subkey-Usage: encrypt']
  const rest = ['Name-Real: Lamina test', 'Expire-Date: 0', '%commit', '']
  const input = [...key, ...sub, ...rest].join('\n')
  await runOk('gpg', ['--batch', '--generate-key'], { env, input })
  await runOk('pass', ['init', 'Lamina test'], { env })
})

afterAll(async () => {
  await run('gpgconf', ['--kill', 'all'], { env })
  await dir.remove()
})

async function service(config: object): Promise<CredentialsService> {
  await writeFile(join(dockerDir, 'config.json'), JSON.stringify(config))
  return new CredentialsService(join(dir.path, 'home'), null, dockerDir, env)
}

async function helper(verb: string, input: string) {
  return run('docker-credential-pass', [verb], { env, input })
}

describe('with the helper that config.json names', () => {
  it('keeps a login where docker finds it, and finds what docker login kept', async () => {
    const credentials = await service({ credsStore: 'pass' })
    expect(await credentials.where(HOST)).toEqual({ kind: 'docker-helper', name: 'pass' })
    expect(await credentials.save(HOST, LOGIN)).toEqual({ kind: 'docker-helper', name: 'pass' })
    expect(JSON.parse((await helper('get', HOST)).stdout)).toMatchObject({
      Username: LOGIN.username,
      Secret: LOGIN.password,
    })
    const hub = { ServerURL: 'https://index.docker.io/v1/', Username: 'me', Secret: 'hub' }
    await helper('store', JSON.stringify(hub))
    expect(await credentials.authFor('docker.io')).toEqual({
      username: 'me',
      password: 'hub',
      serveraddress: 'https://index.docker.io/v1/',
    })
    expect(await credentials.authFor(HOST)).toMatchObject(LOGIN)
  })

  it('takes an identity token for what it is', async () => {
    const credentials = await service({ credHelpers: { 'acr.lab': 'pass' } })
    const kept = { ServerURL: 'acr.lab', Username: '<token>', Secret: 'refresh' }
    await helper('store', JSON.stringify(kept))
    expect(await credentials.authFor('acr.lab')).toEqual({
      identitytoken: 'refresh',
      serveraddress: 'acr.lab',
    })
    expect(await credentials.where('other.lab')).toEqual({ kind: 'memory' })
  })

  it('forgets a login', async () => {
    const credentials = await service({ credsStore: 'pass' })
    const store = await credentials.save(HOST, LOGIN)
    await credentials.erase(HOST, store)
    expect(await credentials.find(HOST)).toBeNull()
    expect((await helper('get', HOST)).stdout).not.toContain('wörd')
  })

  it('leaves no password in any file of ours', async () => {
    const credentials = await service({ credsStore: 'pass' })
    await credentials.save(HOST, LOGIN)
    const home = join(dir.path, 'home')
    for (const name of await readdir(home).catch(() => [])) {
      expect(await readFile(join(home, name), 'utf8')).not.toContain('wörd')
    }
    // As docker does it: an empty entry says that the helper has one.
    expect(JSON.parse(await readFile(join(dockerDir, 'config.json'), 'utf8'))).toEqual({
      credsStore: 'pass',
      auths: { [HOST]: {} },
    })
  })
})

describe('where the helper does not work', () => {
  it('keeps a login for this run when the helper is not installed', async () => {
    const credentials = await service({ credsStore: 'not-installed' })
    expect(await credentials.where(HOST)).toEqual({ kind: 'memory' })
    expect(await credentials.save(HOST, LOGIN)).toEqual({ kind: 'memory' })
    expect(await credentials.authFor(HOST)).toMatchObject(LOGIN)
  })

  it('keeps it so when the helper fails', async () => {
    const broken = join(dir.path, 'bin')
    await mkdir(broken)
    const file = join(broken, 'docker-credential-broken')
    await writeFile(file, '#!/bin/sh\necho "something is wrong"\nexit 1\n')
    await chmod(file, 0o755)
    env.PATH = `${broken}:${process.env.PATH}`
    const credentials = await service({ credsStore: 'broken' })
    expect(await credentials.save(HOST, LOGIN)).toEqual({ kind: 'memory' })
  })

  it('never runs what is no helper’s name', async () => {
    const credentials = await service({ credsStore: '../../../bin/sh' })
    expect(await credentials.where(HOST)).toEqual({ kind: 'memory' })
  })
})

it('never gives a secret to a process list', async () => {
  const spy = join(dir.path, 'spy')
  await mkdir(spy)
  const file = join(spy, 'docker-credential-spy')
  await writeFile(file, `#!/bin/sh\necho "$@" >>${spy}/arguments\ncat >/dev/null\nprintf {}\n`)
  await chmod(file, 0o755)
  env.PATH = `${spy}:${process.env.PATH}`
  const credentials = await service({ credsStore: 'spy' })
  const store = await credentials.save(HOST, LOGIN)
  await credentials.find(HOST)
  await credentials.erase(HOST, store)
  expect((await readFile(join(spy, 'arguments'), 'utf8')).split('\n').sort()).toEqual(
    ['', 'erase', 'get', 'store'].sort(),
  )
})
