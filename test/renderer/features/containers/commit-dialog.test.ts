import { LaminaError } from '@shared/errors'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import CommitDialog from '@/features/containers/CommitDialog.vue'
import { joinLines } from '@/lib/docker-command'
import { useCommandBarStore } from '@/stores/command-bar'
import type { ContainerDetails, Mount } from '@shared/models'
import { fakeMain, task } from '../../support/fake-main'
import { mountPage, settle, type Mounted } from '../../support/mount-page'

const main = fakeMain()
const volume: Mount = {
  type: 'volume',
  name: 'dbdata',
  source: '/var/lib/docker/volumes/dbdata/_data',
  destination: '/var/lib/mysql',
  mode: 'z',
  rw: true,
  propagation: '',
  driver: 'local',
}
const details = (part: Partial<ContainerDetails> = {}): ContainerDetails => ({
  id: 'c1',
  name: 'v1',
  image: 'debian:12',
  imageId: 'sha256:aa',
  command: ['bash'],
  entrypoint: [],
  workingDir: '/',
  env: [],
  createdAt: 0,
  state: 'running',
  exitCode: null,
  mounts: [],
  rawMounts: [],
  raw: {},
  ...part,
})
const summary = { tree: 't', entries: 5, bytes: 2_700_000, added: 3, changed: 1, deleted: 1 }

let page: Mounted
const open = async (part: Partial<ContainerDetails> = {}) => {
  main.answer({
    'containers.inspect': () => details(part),
    'trees.open': () => ({ state: 'ready', summary }),
    'containers.commit': () => 'task-1',
    'images.list': () => [
      {
        id: 'sha256:0123456789abcdef',
        repoTags: ['mhk/debian:1.2'],
        repoDigests: [],
        createdAt: 0,
        size: 1,
        usedBy: [],
      },
    ],
  })
  page = await mountPage(CommitDialog, { id: 'c1' })
}
const submit = () => page.find('dialog-commit-submit') as HTMLButtonElement
const command = () => {
  const { command } = useCommandBarStore()
  return command ? joinLines(command) : ''
}

describe('the commit dialog', () => {
  beforeEach(() => open())
  afterEach(() => page.unmount())

  it('shows how large the layer gets and what is in it', () => {
    expect(page.text('commit-size')).toBe('2.7 MB')
    expect(page.text('changes-added')).toContain('3')
    expect(page.exists('commit-mounts')).toBe(false)
  })

  it('checks the name as one types', async () => {
    expect(submit().disabled).toBe(true)
    await page.type('commit-reference', 'team/App')
    expect(submit().disabled).toBe(true)
    expect(page.find('commit-reference').getAttribute('aria-invalid')).toBe('true')
    await page.type('commit-reference', 'team/app:1.0')
    expect(submit().disabled).toBe(false)
  })

  it('says that a tag would move', async () => {
    await page.type('commit-reference', 'mhk/debian:1.2')
    expect(page.text('commit-exists')).toContain('0123456789ab')
    await page.type('commit-reference', 'mhk/debian:1.3')
    expect(page.exists('commit-exists')).toBe(false)
  })

  it('keeps the command in step', async () => {
    expect(command()).toBe('docker commit v1')
    await page.type('commit-reference', 'mhk/debian:1.3')
    await page.type('commit-author', 'mhk')
    await page.type('commit-message', 'add vim')
    expect(command()).toBe("docker commit -m 'add vim' -a mhk v1 mhk/debian:1.3")
    await page.click('commit-pause')
    expect(command()).toContain('--pause=false')
  })

  it('commits and opens the new image', async () => {
    await page.type('commit-reference', 'mhk/debian:1.3')
    await page.type('commit-message', 'add vim')
    page.find('dialog-commit').dispatchEvent(new Event('submit', { cancelable: true }))
    await settle()
    expect(main.inputs('containers.commit')).toEqual([
      { id: 'c1', reference: 'mhk/debian:1.3', author: '', message: 'add vim', pause: true },
    ])
    main.emit(
      'task.changed',
      task({ kind: 'commit', state: 'done', endedAt: 2_000, result: { imageId: 'sha256:new' } }),
    )
    await settle()
    expect(page.router.currentRoute.value).toMatchObject({
      name: 'image',
      params: { id: 'sha256:new' },
      query: { reference: 'mhk/debian:1.3' },
    })
  })

  it('stays with the reason when the commit fails', async () => {
    await page.type('commit-reference', 'mhk/debian:1.3')
    main.answer({
      'containers.commit': () => {
        throw new LaminaError('disk_full', { path: '/var' })
      },
    })
    await page.click('dialog-commit-submit')
    expect(page.find('error-notice').dataset.code).toBe('disk_full')
    expect(page.router.currentRoute.value.path).toBe('/')
  })

  it('goes on in the background without taking the person away', async () => {
    await page.type('commit-reference', 'mhk/debian:1.3')
    await page.click('dialog-commit-submit')
    await page.click('commit-background')
    main.emit(
      'task.changed',
      task({ kind: 'commit', state: 'done', endedAt: 2_000, result: { imageId: 'sha256:new' } }),
    )
    await settle()
    expect(page.router.currentRoute.value.path).toBe('/')
  })
})

describe('the commit dialog of a stopped container with mounts', () => {
  beforeEach(() => open({ state: 'exited', mounts: [volume] }))
  afterEach(() => page.unmount())

  it('names what is left out and has nothing to pause', async () => {
    expect(page.text('commit-mount')).toContain('dbdata → /var/lib/mysql')
    expect(page.exists('commit-pause')).toBe(false)
    await page.type('commit-reference', 'a/b:1')
    expect(command()).toBe('docker commit v1 a/b:1')
  })
})
