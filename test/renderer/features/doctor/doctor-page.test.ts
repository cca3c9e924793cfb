import { afterEach, describe, expect, it } from 'vitest'
import DoctorPage from '@/features/doctor/DoctorPage.vue'
import { mirrorUrl } from '@/features/doctor/known-mirrors'
import { useCommandBarStore } from '@/stores/command-bar'
import type { Diagnosis, SettingsPreview } from '@shared/doctor'
import { DAEMON_SETTINGS as settings, fakeMain } from '../../support/fake-main'
import { mountPage, settle, type Mounted } from '../../support/mount-page'

const main = fakeMain()
let page: Mounted
afterEach(() => page.unmount())

const look = { outcome: 'other-protocol', auth: null, ms: 2, message: '' } as const
const diagnosis: Diagnosis = {
  address: 'nas:5000',
  fault: 'speaks-http',
  params: { address: 'nas:5000' },
  https: look,
  http: { ...look, outcome: 'registry', auth: 'none' },
  daemon: { reached: false, message: 'http: server gave HTTP response to HTTPS client' },
  certificate: null,
  alternatives: [],
  direct: 'http',
  change: { kind: 'list', key: 'insecure-registries', values: ['nas:5000'] },
  settings,
}
const preview: SettingsPreview = {
  path: '/etc/docker/daemon.json',
  backup: '/etc/docker/daemon.json.lamina-1.bak',
  after: '{"insecure-registries": ["nas:5000"]}',
  diff: [{ kind: 'added', text: '{"insecure-registries": ["nas:5000"]}' }],
  base: 'abc',
  check: { by: 'dockerd', problems: [], unknown: [] },
  effect: 'sighup',
  obstacle: null,
  commands: ['sudoedit /etc/docker/daemon.json', 'sudo systemctl reload docker'],
}
const answers = {
  'daemon.settings': () => settings,
  'doctor.diagnose': () => diagnosis,
  'daemon.preview': () => preview,
}
const undo = { id: 'c1', path: preview.path, backup: preview.backup, at: 1_000 }

async function diagnose(): Promise<void> {
  page = await mountPage(DoctorPage, {}, '/doctor')
  await page.type('doctor-address', 'nas:5000')
  await page.click('doctor-diagnose')
  await settle()
}

describe('the doctor', () => {
  it('names the fault, shows the change and its command, applies exactly what was shown', async () => {
    const report = { ...preview, effect: 'live' as const, settings: { ...settings, undo } }
    main.answer({ ...answers, 'daemon.apply': () => report })
    await diagnose()
    expect(page.find('doctor-result').dataset.fault).toBe('speaks-http')
    expect(page.text('doctor-sentence')).toContain('nas:5000 speaks http')
    expect(page.text('diff')).toContain('insecure-registries')
    expect(useCommandBarStore().command).toEqual({ lines: preview.commands, match: 'nearest' })
    await page.click('settings-apply')
    expect(main.inputs('daemon.apply')).toEqual([{ change: diagnosis.change, base: 'abc' }])
    expect(page.find('settings-done').dataset.effect).toBe('live')
    expect(page.exists('settings-undo')).toBe(true)
  })

  it('takes the change back and says what became of it', async () => {
    main.answer({
      ...answers,
      'daemon.settings': () => ({ ...settings, undo }),
      'daemon.undo': () => ({ ...preview, effect: 'live' as const, settings }),
    })
    page = await mountPage(DoctorPage, {}, '/doctor')
    await page.click('settings-undo')
    expect(main.inputs('daemon.undo')).toEqual([{ id: 'c1' }])
    expect(page.text('settings-undone')).toContain('the file is as it was')
    expect(page.exists('settings-undo')).toBe(false)
  })

  it('gives the text and the place where it may not write', async () => {
    main.answer({ ...answers, 'daemon.preview': () => ({ ...preview, obstacle: 'no-rights' }) })
    await diagnose()
    expect(page.exists('settings-apply')).toBe(false)
    expect(page.text('settings-obstacle')).toContain('You may not write this file')
    expect(page.text('settings-path')).toContain('/etc/docker/daemon.json')
    expect(page.exists('settings-copy')).toBe(true)
  })

  it('is asked by a link, and offers nothing where nothing is wrong', async () => {
    main.answer({
      ...answers,
      'doctor.diagnose': () => ({ ...diagnosis, fault: 'healthy', change: null }),
    })
    page = await mountPage(DoctorPage, {}, '/doctor?address=nas:5000')
    await settle()
    expect(main.inputs('doctor.diagnose')).toEqual([{ address: 'nas:5000' }])
    expect(page.find('doctor-result').dataset.fault).toBe('healthy')
    expect(page.exists('doctor-cure')).toBe(false)
  })
})

describe('mirrors', () => {
  it('are moved, removed and added, and shown as a change before they are applied', async () => {
    main.answer({
      ...answers,
      'mirrors.probe': ({ url }) => ({
        url,
        state: 'alive',
        ms: 9,
        image: 'library/busybox',
        digest: 'sha256:1',
        message: '',
      }),
    })
    page = await mountPage(DoctorPage, {}, '/doctor?tab=mirrors')
    await settle()
    expect(page.exists('mirrors-change')).toBe(false)
    page.all('mirror-down')[0]?.click()
    await settle()
    await page.type('mirror-url', 'c.example/')
    await page.click('mirror-add')
    await settle()
    expect(main.inputs('mirrors.probe')).toEqual([{ url: 'https://c.example' }])
    page.all('mirror-remove')[0]?.click()
    await settle()
    expect(main.inputs('daemon.preview').at(-1)?.change).toMatchObject({
      key: 'registry-mirrors',
      values: ['https://a.example', 'https://c.example'],
    })
    expect(page.exists('mirror-use')).toBe(false)
  })

  it('stay on the page with what became of them when they are applied', async () => {
    const mirrors = ['https://b.example', 'https://a.example']
    const configured = { insecure: null, mirrors }
    main.answer({
      ...answers,
      'daemon.apply': () => ({
        ...preview,
        effect: 'live' as const,
        settings: { ...settings, configured, undo },
      }),
    })
    page = await mountPage(DoctorPage, {}, '/doctor?tab=mirrors')
    await settle()
    page.all('mirror-down')[0]?.click()
    await settle()
    const apply = page.all('settings-apply').at(-1)
    apply?.click()
    await settle()
    expect(page.find('settings-done').dataset.effect).toBe('live')
  })

  it.each([
    ['m.example', 'https://m.example'],
    ['https://m.example/', 'https://m.example'],
    ['http://m.example:81', 'http://m.example:81'],
    ['https://m.example/v2/', null],
    ['ftp://m.example', null],
    ['', null],
  ])('%j is %s', (typed, url) => expect(mirrorUrl(typed)).toBe(url))
})
