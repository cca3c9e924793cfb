/**
 * The doctor, as a person uses it: dockerd refuses an http registry; the fault is named, daemon.json
 * is changed, the push works, and the change is taken back.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDockerd, type Dockerd } from '../support/dockerd'
import { startRegistry, type TestRegistry } from '../support/registry'
import { busyboxRootfs } from '../support/rootfs'
import { DRIVERS, openApp, type RunningApp } from './app'
import { DoctorPage } from './pages/doctor'
import { Shell } from './pages/shell'

const OWN = '{\n    "debug": false,\n    "max-concurrent-uploads": 3\n}\n'
/** dockerd takes names for loopback that resolve to 127.0.0.0/8, and no others. */
const HOSTS = { 'registry.lab': '::1' }
const IMAGE = 'lamina-doctor-e2e:1'

let dockerd: Dockerd
let registry: TestRegistry
let lab: string

beforeAll(async () => {
  dockerd = await startDockerd({ hosts: HOSTS })
  await writeFile(dockerd.configFile, OWN)
  await dockerd.dockerOk(['import', await busyboxRootfs(), IMAGE])
  registry = await startRegistry({ host: '::1' })
  lab = `registry.lab:${registry.port}`
  await dockerd.dockerOk(['tag', IMAGE, `${lab}/team/app:1`])
})

afterAll(async () => {
  await registry?.stop()
  await dockerd?.stop()
})

const push = () => dockerd.docker(['push', `${lab}/team/app:1`])

describe.each(DRIVERS)('in %s', (driver) => {
  let app: RunningApp
  let doctor: DoctorPage

  beforeAll(async () => {
    app = await openApp(driver, { engine: 'docker', dockerHost: dockerd.host, hosts: HOSTS })
    await new Shell(app.page).readyEngine()
    doctor = new DoctorPage(app.page)
  })
  afterAll(() => app?.stop())

  it('names the fault, cures it in daemon.json, and takes the cure back', async () => {
    expect((await push()).stderr).toContain('server gave HTTP response to HTTPS client')
    await new Shell(app.page).open('registries')
    await doctor.open()
    expect(await doctor.diagnose(lab)).toBe('speaks-http')
    expect(await doctor.sentence()).toContain(lab)
    expect(await doctor.path()).toContain(dockerd.configFile)
    expect(await doctor.addedLines()).toContain(`"${lab}"`)
    expect(await new Shell(app.page).command()).toContain(dockerd.configFile)

    await doctor.applyByKeyboard()
    expect(await doctor.effect()).toBe('live')
    expect(await doctor.insecure()).toContain(lab)
    expect(await doctor.retest()).toBe('healthy')
    expect((await push()).code).toBe(0)

    await doctor.undo()
    expect(await doctor.insecure()).not.toContain(lab)
    expect(await readFile(dockerd.configFile, 'utf8')).toBe(OWN)
    expect((await push()).code).not.toBe(0)
  })

  it('offers the push that needs no change', async () => {
    expect(await doctor.diagnose(lab)).toBe('speaks-http')
    await doctor.addDirect()
    await new Shell(app.page).open('registries')
    await app.page.getByTestId('registries-diagnose').click()
    expect(await doctor.fault()).toBe('speaks-http')
  })

  it('tests a mirror before Docker gets it', async () => {
    const mirror = `http://${lab}`
    await doctor.showMirrors()
    expect(await doctor.addMirror(mirror)).toBe('empty')
    await doctor.apply()
    expect(await doctor.effect()).toBe('live')
    expect(await doctor.mirrors()).toContain(mirror)
    await doctor.undo()
    expect(await doctor.mirrors()).not.toContain(mirror)
    expect(app.pageErrors).toEqual([])
  })
})
