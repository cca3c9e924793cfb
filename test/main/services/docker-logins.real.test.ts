/**
 * Logins shared with the real docker CLI, at a real docker-registry: it uses what we write, we use what
 * `docker login` wrote, with a credential helper and without.
 */
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { CredentialsService } from '../../../src/main/services/credentials'
import { startRegistry, type TestRegistry } from '../../support/registry'
import { busyboxRootfs } from '../../support/rootfs'
import { run, runOk, type RunResult } from '../../support/run'
import { tempDir, type TempDir } from '../../support/temp'
import '../../support/global-setup'

const LOGIN = { username: 'ann', password: 'pa:ss "wörd"\\' }
const IMAGE = 'docker-logins:1'

let registry: TestRegistry
let dir: TempDir
let dockerDir: string
let env: Record<string, string | undefined>

beforeAll(async () => {
  registry = await startRegistry({
    auth: { kind: 'htpasswd', users: { [LOGIN.username]: LOGIN.password } },
  })
  const host = { env: { DOCKER_HOST: inject('dockerHost') } }
  await runOk('docker', ['import', await busyboxRootfs(), IMAGE], host)
})
afterAll(async () => {
  const host = { env: { DOCKER_HOST: inject('dockerHost') } }
  await run('docker', ['rmi', '-f', IMAGE, `${registry?.address}/team/app:1`], host)
  await registry?.stop()
})

beforeEach(async () => {
  dir = await tempDir('auth')
  dockerDir = join(dir.path, 'docker')
  await mkdir(dockerDir)
  env = {
    DOCKER_HOST: inject('dockerHost'),
    DOCKER_CONFIG: dockerDir,
    PATH: `${dir.path}:${process.env.PATH}`,
  }
})
afterEach(() => dir.remove())

const configFile = () => join(dockerDir, 'config.json')
const service = () => new CredentialsService(join(dir.path, 'home'), null, dockerDir, env)
const docker = (args: string[], input?: string): Promise<RunResult> =>
  run('docker', args, { env, ...(input !== undefined && { input }) })

async function push(): Promise<RunResult> {
  const name = `${registry.address}/team/app:1`
  await docker(['tag', IMAGE, name])
  return docker(['push', name])
}

const login = () =>
  docker(['login', registry.address, '-u', LOGIN.username, '--password-stdin'], LOGIN.password)

/** A helper as its protocol wants it, which keeps one file a server. */
async function installHelper(): Promise<void> {
  const file = join(dir.path, 'docker-credential-lab')
  const store = join(dir.path, 'kept')
  await mkdir(store)
  await writeFile(
    file,
    `#!/bin/sh
name() { printf %s "$1" | tr '/:' '__'; }
case "$1" in
  store) text=$(cat); url=$(printf %s "$text" | sed 's/.*"ServerURL":"\\([^"]*\\)".*/\\1/')
    printf %s "$text" > "${store}/$(name "$url")" ;;
  get) read -r url || true; f="${store}/$(name "$url")"
    if [ -f "$f" ]; then cat "$f"; else echo "credentials not found in native keychain"; exit 1; fi ;;
  erase) read -r url || true; rm -f "${store}/$(name "$url")" ;;
  list) first=1; printf '{'; for f in "${store}"/*; do [ -f "$f" ] || continue
    [ $first = 1 ] || printf ','; first=0
    sed 's/.*"ServerURL":\\("[^"]*"\\).*"Username":\\("[^"]*"\\).*/\\1:\\2/' "$f" | tr -d '\\n'; done; printf '}' ;;
esac
`,
  )
  await chmod(file, 0o755)
}

describe('in config.json', () => {
  it('docker pushes with what we wrote, and we know what docker login wrote', async () => {
    await writeFile(
      configFile(),
      '{\n    "psFormat": "table",\n    "auths": {"nobody.invalid": {}}\n}',
    )
    expect((await push()).code).not.toBe(0)
    expect(await service().save(registry.address, LOGIN, 'docker-config')).toEqual({
      kind: 'docker-config',
    })
    expect((await push()).stderr).toBe('')
    expect(JSON.parse(await readFile(configFile(), 'utf8'))).toMatchObject({
      psFormat: 'table',
      auths: { 'nobody.invalid': {} },
    })
    expect((await stat(configFile())).mode & 0o777).toBe(0o600)

    await service().erase(registry.address, { kind: 'docker-config' })
    expect((await push()).code).not.toBe(0)
    expect((await login()).stdout).toContain('Login Succeeded')
    expect((await service().find(registry.address))?.auth).toMatchObject(LOGIN)
    expect(await service().found()).toEqual([
      { address: registry.address, username: 'ann', store: { kind: 'docker-config' } },
    ])
  })
})

describe('with a helper', () => {
  beforeEach(async () => {
    await installHelper()
    await writeFile(configFile(), '{"credsStore": "lab"}')
  })

  it('docker pushes with what we gave it, and the file is as docker leaves it', async () => {
    const store = { kind: 'docker-helper', name: 'lab' } as const
    expect(await service().save(registry.address, LOGIN)).toEqual(store)
    const ours = await readFile(configFile(), 'utf8')
    expect(ours).not.toContain(Buffer.from(`ann:${LOGIN.password}`).toString('base64'))
    expect((await push()).stderr).toBe('')
    await service().erase(registry.address, store)
    expect((await push()).code).not.toBe(0)

    expect((await login()).stdout).toContain('Login Succeeded')
    expect(JSON.parse(await readFile(configFile(), 'utf8'))).toEqual(JSON.parse(ours))
    expect(await service().find(registry.address)).toMatchObject({ store, auth: LOGIN })
    expect(await service().found()).toEqual([{ address: registry.address, username: 'ann', store }])
    expect((await docker(['logout', registry.address])).code).toBe(0)
    expect(await service().find(registry.address)).toBeNull()
    expect(await service().found()).toEqual([])
  })
})
