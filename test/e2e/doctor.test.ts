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
const IMAGE = 'lamina-doctor-e2e:1'

let dockerd: Dockerd
let registry: TestRegistry

beforeAll(async () => {
  dockerd = await startDockerd()
  await writeFile(dockerd.configFile, OWN)
  await dockerd.dockerOk(['import', await busyboxRootfs(), IMAGE])
  const network = ['network', 'inspect', 'bridge', '--format', '{{(index .IPAM.Config 0).Gateway}}']
  registry = await startRegistry({ host: await dockerd.dockerOk(network) })
  await dockerd.dockerOk(['tag', IMAGE, `${registry.address}/team/app:1`])
})

afterAll(async () => {
  await registry?.stop()
  await dockerd?.stop()
})

const push = () => dockerd.docker(['push', `${registry.address}/team/app:1`])

describe.each(DRIVERS)('in %s', (driver) => {
  let app: RunningApp
  let doctor: DoctorPage

  beforeAll(async () => {
    app = await openApp(driver, { engine: 'docker', dockerHost: dockerd.host })
    await new Shell(app.page).readyEngine()
    doctor = new DoctorPage(app.page)
  })
  afterAll(() => app?.stop())

  it('names the fault, cures it in daemon.json, and takes the cure back', async () => {
    expect((await push()).stderr).toContain('server gave HTTP response to HTTPS client')
    await new Shell(app.page).open('registries')
    await doctor.open()
    expect(await doctor.diagnose(registry.address)).toBe('speaks-http')
    expect(await doctor.sentence()).toContain(registry.address)
    expect(await doctor.path()).toContain(dockerd.configFile)
    expect(await doctor.addedLines()).toContain(`"${registry.address}"`)
    expect(await new Shell(app.page).command()).toContain(dockerd.configFile)

    await doctor.applyByKeyboard()
    expect(await doctor.effect()).toBe('live')
    expect(await doctor.insecure()).toContain(registry.address)
    expect(await doctor.retest()).toBe('healthy')
    expect((await push()).code).toBe(0)

    await doctor.undo()
    expect(await doctor.insecure()).not.toContain(registry.address)
    expect(await readFile(dockerd.configFile, 'utf8')).toBe(OWN)
    expect((await push()).code).not.toBe(0)
  })

  it('offers the push that needs no change', async () => {
    expect(await doctor.diagnose(registry.address)).toBe('speaks-http')
    await doctor.addDirect()
    await new Shell(app.page).open('registries')
    await app.page.getByTestId('registries-diagnose').click()
    expect(await doctor.fault()).toBe('speaks-http')
  })

  it('tests a mirror before Docker gets it', async () => {
    const mirror = `http://${registry.address}`
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
