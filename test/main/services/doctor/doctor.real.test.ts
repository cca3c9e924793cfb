import { existsSync } from 'node:fs'
import { chmod, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { SettingsChange } from '../../../../src/shared/doctor'
import { startDockerd, type Dockerd } from '../../../support/dockerd'
import { startRegistry, type TestRegistry } from '../../../support/registry'
import { busyboxRootfs } from '../../../support/rootfs'
import { waitFor } from '../../../support/temp'
import { errorOf, openApp, type TestApp } from '../../support'

/** Not as a program would write it: what is left alone must stay. */
const OWN = '{\n\t"max-concurrent-uploads": 3,\n\t"debug":   true\n}'
const NAME = 'lamina-doctor:1'

let dockerd: Dockerd
let app: TestApp
/** An address of this machine that dockerd does not take for loopback: that of its own bridge. */
let ip: string
let plain: TestRegistry
let secure: TestRegistry
let named: TestRegistry

beforeAll(async () => {
  dockerd = await startDockerd({ hosts: { 'registry.lab': '::1' } })
  await dockerd.dockerOk(['import', await busyboxRootfs(), NAME])
  const network = ['network', 'inspect', 'bridge', '--format', '{{(index .IPAM.Config 0).Gateway}}']
  ip = await dockerd.dockerOk(network)
  plain = await atUsualPort()
  secure = await startRegistry({ host: ip, tls: true })
  named = await startRegistry({ host: '::1', tls: true })
  await writeFile(dockerd.configFile, OWN)
  app = await openApp({ dockerHost: dockerd.host, engine: 'docker' })
})

beforeEach(async () => {
  await chmod(dockerd.configFile, 0o644)
  await forgetAll()
  await writeFile(dockerd.configFile, OWN)
})

/** A daemon that trusts nobody: it keeps what a file does not name any more. */
async function forgetAll(): Promise<void> {
  await writeFile(dockerd.configFile, '{"insecure-registries": [], "registry-mirrors": []}')
  process.kill(dockerd.pid, 'SIGHUP')
  await waitFor('a reload', async () => {
    const { live } = await app.call('daemon.settings', {})
    return live?.insecure.length === 0 && live.mirrors.length === 0
  })
}

afterAll(async () => {
  await app?.close()
  await Promise.all([plain?.stop(), secure?.stop(), named?.stop()])
  await dockerd?.stop()
})

/** Where a registry is looked for when there is none at the port that was typed. */
async function atUsualPort(): Promise<TestRegistry> {
  return startRegistry({ host: ip, port: 8080 }).catch(() =>
    startRegistry({ host: ip, port: 5000 }),
  )
}

const diagnose = (address: string) => app.call('doctor.diagnose', { address })

async function apply(change: SettingsChange | null) {
  if (change === null) throw new Error('nothing is offered')
  const preview = await app.call('daemon.preview', { change })
  const report = await app.call('daemon.apply', { change, base: preview.base })
  return { preview, report }
}

async function push(registry: TestRegistry) {
  const target = `${registry.address}/doctor/app:1`
  await dockerd.dockerOk(['tag', NAME, target])
  return dockerd.docker(['push', target])
}

async function undo() {
  const { undo: made } = await app.call('daemon.settings', {})
  if (made === null) throw new Error('nothing to take back')
  return app.call('daemon.undo', { id: made.id })
}

describe('an http registry that the daemon takes for https', () => {
  it('is named, cured, retested, and the cure is taken back byte for byte', async () => {
    const before = await diagnose(plain.address)
    expect(before).toMatchObject({ fault: 'speaks-http', direct: 'http' })
    expect(before.daemon?.message).toContain('server gave HTTP response to HTTPS client')
    expect(before.settings).toMatchObject({
      kind: 'rootful',
      path: dockerd.configFile,
      certain: true,
      pid: dockerd.pid,
      obstacle: null,
    })
    expect((await push(plain)).code).not.toBe(0)

    const { preview, report } = await apply(before.change)
    expect(preview.diff.filter(({ kind }) => kind === 'removed').map(({ text }) => text)).toEqual([
      '\t"debug":   true',
    ])
    expect(report.effect).toBe('live')
    expect(report.settings.live?.insecure).toContain(plain.address)
    expect(await readFile(report.backup ?? '', 'utf8')).toBe(OWN)
    expect((await stat(dockerd.configFile)).mode & 0o777).toBe(0o644)
    expect(await push(plain)).toMatchObject({ code: 0 })
    expect((await diagnose(plain.address)).fault).toBe('healthy')

    expect((await undo()).effect).toBe('live')
    expect(await readFile(dockerd.configFile, 'utf8')).toBe(OWN)
    const refused = await push(plain)
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toContain('server gave HTTP response to HTTPS client')
    expect((await app.call('daemon.settings', {})).undo).toBeNull()
    expect((await readdir(dirname(dockerd.configFile))).filter((one) => /part/.test(one))).toEqual(
      [],
    )
  })

  it('is told apart where the list has it with a scheme, and mended', async () => {
    const wrong = { 'insecure-registries': [`http://${plain.address}`] }
    await writeFile(dockerd.configFile, JSON.stringify(wrong))
    const found = await diagnose(plain.address)
    expect(found.fault).toBe('scheme-in-list')
    expect(found.change).toMatchObject({ values: [plain.address] })
    await apply(found.change)
    expect((await diagnose(plain.address)).fault).toBe('healthy')
    await undo()
  })
})

describe('a change that somebody else has touched', () => {
  it('is not taken back, and what they wrote stays', async () => {
    const { change } = await diagnose(plain.address)
    await apply(change)
    const theirs = `${await readFile(dockerd.configFile, 'utf8')}\n`
    await writeFile(dockerd.configFile, theirs)
    const { undo: made } = await app.call('daemon.settings', {})
    const error = await errorOf(app.call('daemon.undo', { id: made?.id ?? '' }))
    expect(error.code).toBe('settings_changed')
    expect(await readFile(dockerd.configFile, 'utf8')).toBe(theirs)
    await writeFile(dockerd.configFile, theirs.slice(0, -1))
    await undo()
  })

  it('is not made over something newer than the preview', async () => {
    const change = { kind: 'list', key: 'registry-mirrors', values: [] } as const
    const settings = { kind: change.kind, key: change.key, values: [] }
    const { base } = await app.call('daemon.preview', { change: settings })
    await writeFile(dockerd.configFile, '{}')
    const error = await errorOf(app.call('daemon.apply', { change: settings, base }))
    expect(error.code).toBe('settings_changed')
  })
})

describe('a daemon that is down', () => {
  it('gets its file back, from which it can start again', async () => {
    const { change } = await diagnose(plain.address)
    await apply(change)
    await dockerd.kill()
    const settings = await app.call('daemon.settings', {})
    expect(settings).toMatchObject({ live: null, pid: null })
    expect((await app.call('daemon.undo', { id: settings.undo?.id ?? '' })).effect).toBe('restart')
    expect(await readFile(dockerd.configFile, 'utf8')).toBe(OWN)
    await dockerd.restart()
    expect((await diagnose(plain.address)).fault).toBe('speaks-http')
  })
})

describe('a file that is left alone', () => {
  const change: SettingsChange = { kind: 'list', key: 'insecure-registries', values: ['a:1'] }

  it.each([
    ['broken', '{"debug": true'],
    ['comments', '{ // mine\n}'],
    ['bom', '\uFEFF{}'],
  ])('because it is %s: the text to paste is there', async (obstacle, text) => {
    await writeFile(dockerd.configFile, text)
    expect(await app.call('daemon.settings', {})).toMatchObject({ obstacle })
    const preview = await app.call('daemon.preview', { change })
    expect(preview).toMatchObject({ obstacle, path: dockerd.configFile })
    expect(JSON.parse(preview.after)).toEqual({ 'insecure-registries': ['a:1'] })
    const error = await errorOf(app.call('daemon.apply', { change, base: preview.base }))
    expect(error.code).toBe('settings_not_ours')
    expect(await readFile(dockerd.configFile, 'utf8')).toBe(text)
  })

  it('because nobody may write it', async () => {
    await chmod(dockerd.configFile, 0o444)
    const preview = await app.call('daemon.preview', { change })
    expect(preview.obstacle).toBe('no-rights')
    expect(preview.commands.at(-1)).toBe(`sudo kill -HUP ${dockerd.pid}`)
    expect(JSON.parse(preview.after)).toMatchObject({ debug: true })
  })
})

describe('a registry with an authority of its own', () => {
  it('is named, trusted by certs.d, and the trust is taken back', async () => {
    const found = await diagnose(secure.address)
    expect(found).toMatchObject({ fault: 'unknown-authority' })
    expect(found.certificate?.names).toContain(ip)
    expect((await push(secure)).stderr).toMatch(/x509/)
    // What the server shows is its own certificate alone; the authority comes from who runs it.
    const pem = await readFile(secure.caFile ?? '', 'utf8')
    const { report } = await apply({ kind: 'certificate', address: secure.address, pem })
    expect(report).toMatchObject({ effect: 'at-once', backup: null })
    expect(report.path).toBe(`/etc/docker/certs.d/${secure.address}/ca.crt`)
    expect(await push(secure)).toMatchObject({ code: 0 })
    expect((await diagnose(secure.address)).fault).toBe('healthy')
    await undo()
    expect(existsSync(dirname(report.path))).toBe(false)
    expect((await push(secure)).code).not.toBe(0)
  })

  it('under a name that its certificate does not have, known to the daemon alone', async () => {
    const found = await diagnose(`registry.lab:${named.port}`)
    expect(found.fault).toMatch(/wrong-name|unknown-authority/)
    expect(found.direct).toBeNull()
  })
})

describe('a wrong address', () => {
  it('with a port where nothing listens: the right port is named', async () => {
    const found = await diagnose(`${ip}:9`)
    expect(found).toMatchObject({
      fault: 'wrong-port',
      change: null,
      params: { found: plain.address },
    })
  })

  it('that nobody knows', async () => {
    expect((await diagnose('registry.invalid:5000')).fault).toBe('name-unknown')
  })

  it('that is none', async () => {
    expect((await errorOf(diagnose('a b'))).code).toBe('invalid_input')
  })
})

describe('mirrors', () => {
  it('are alive, empty or dead', async () => {
    const url = `http://${plain.address}`
    expect(await app.call('mirrors.probe', { url })).toMatchObject({ state: 'empty' })
    await dockerd.dockerOk(['tag', NAME, `${plain.address}/library/busybox:latest`])
    const { change } = await diagnose(plain.address)
    await apply(change)
    await dockerd.dockerOk(['push', `${plain.address}/library/busybox:latest`])
    await undo()
    expect(await app.call('mirrors.probe', { url })).toMatchObject({
      state: 'alive',
      image: 'library/busybox',
    })
    const dead = await app.call('mirrors.probe', { url: `http://${ip}:9` })
    expect(dead).toMatchObject({ state: 'dead', ms: null })
  })

  it('go into the daemon in their order, and out again', async () => {
    const values = [`http://${plain.address}`, 'https://second.example']
    const { report } = await apply({ kind: 'list', key: 'registry-mirrors', values })
    expect(report).toMatchObject({ effect: 'live', settings: { live: { mirrors: values } } })
    const back = await undo()
    expect(back).toMatchObject({ effect: 'live', settings: { live: { mirrors: [] } } })
    expect(await readFile(dockerd.configFile, 'utf8')).toBe(OWN)
  })

  it('with a path are refused before anything is written', async () => {
    const change: SettingsChange = {
      kind: 'list',
      key: 'registry-mirrors',
      values: ['https://a.example/path'],
    }
    const { base, check } = await app.call('daemon.preview', { change })
    expect(check.problems).toHaveLength(1)
    const error = await errorOf(app.call('daemon.apply', { change, base }))
    expect(error.code).toBe('settings_refused')
    expect(await readFile(dockerd.configFile, 'utf8')).toBe(OWN)
  })
})
