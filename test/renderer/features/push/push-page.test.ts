import { afterEach, describe, expect, it } from 'vitest'
import PushPage from '@/features/push/PushPage.vue'
import { joinLines } from '@/lib/docker-command'
import { useCommandBarStore } from '@/stores/command-bar'
import type { ImageSummary, Registry, Task } from '@shared/models'
import { DAEMON_SETTINGS, fakeMain, Refusal, task } from '../fake-main'
import { mountPage, settle, type Mounted } from '../mount-page'

const main = fakeMain()
const ID = 'sha256:aadbc6626d83aadbc6626d83'
const image = (repoTags: string[], id = ID): ImageSummary => ({
  id,
  repoTags,
  repoDigests: [],
  createdAt: 0,
  size: 1,
  usedBy: [],
})
const registry: Registry = {
  id: 'r1',
  address: '127.0.0.1:5000',
  protocol: 'http',
  username: 'mhk',
  secret: { kind: 'memory' },
}
const NAME = '127.0.0.1:5000/mhk/debian:1.3'
const layer = { id: 'l1', state: 'working', status: 'Pushing', done: 50, total: 200 } as const

let page: Mounted
afterEach(() => page.unmount())
const open = async (
  more: { images?: ImageSummary[]; tasks?: Task[]; registries?: Registry[] } = {},
) => {
  main.answer({
    'images.list': () => more.images ?? [image(['mhk/debian:1.3'])],
    'registries.list': () => more.registries ?? [registry],
    'daemon.settings': () => DAEMON_SETTINGS,
    'tasks.list': () => more.tasks ?? [],
    'images.push': () => 'task-1',
  })
  page = await mountPage(PushPage, { id: ID }, `/images/${ID}/push`)
}
const submit = () => page.find('push-submit') as HTMLButtonElement
const command = () => {
  const { command } = useCommandBarStore()
  return command ? joinLines(command) : ''
}

describe('the push page', () => {
  it('makes the full name and the commands as one types', async () => {
    await open()
    expect(page.text('push-name')).toBe(NAME)
    expect(command()).toBe(`docker tag mhk/debian:1.3 ${NAME} && docker push ${NAME}`)
    expect(page.text('push-tutorial')).toContain('docker login -u mhk 127.0.0.1:5000')
    await page.type('push-tag', '1.4')
    expect(page.text('push-name')).toBe('127.0.0.1:5000/mhk/debian:1.4')
    await page.type('push-repository', 'mhk/Debian')
    expect(submit().disabled).toBe(true)
    expect(command()).toBe('')
  })

  it('wants a user name for Docker Hub', async () => {
    await open()
    await page.click('push-kind-hub')
    await page.type('push-repository', 'debian')
    expect(submit().disabled).toBe(true)
    await page.type('push-repository', 'mhk/debian')
    expect(page.text('push-name')).toBe('mhk/debian:1.3')
    expect(command()).toBe('docker push mhk/debian:1.3')
  })

  it('pushes directly where Docker would refuse, and says so', async () => {
    const lab = { ...registry, address: 'registry.lab:5000' }
    const name = 'registry.lab:5000/mhk/debian:1.3'
    await open({ registries: [lab] })
    expect(page.text('push-direct-why')).toContain('Docker would refuse')
    expect(useCommandBarStore().command?.match).toBe('nearest')
    await page.click('push-submit')
    expect(main.inputs('images.push')).toEqual([{ image: ID, reference: name, direct: true }])
    await page.click('push-direct')
    expect(page.text('push-direct-why')).not.toContain('by itself')
    await page.click('push-submit')
    expect(main.inputs('images.push')[1]).toMatchObject({ direct: false })
  })

  it('says that a tag of another image moves', async () => {
    await open({ images: [image(['mhk/debian:1.3']), image([NAME], 'sha256:0123456789abcdef')] })
    expect(page.text('push-moves')).toContain('0123456789ab')
  })

  it('pushes, shows the layers, and ends with the digest', async () => {
    await open()
    await page.click('push-submit')
    expect(main.inputs('images.push')).toEqual([{ image: ID, reference: NAME, direct: false }])
    main.emit('task.changed', task({ subject: NAME, items: [layer] }))
    await settle()
    expect(page.find('push-state').dataset.state).toBe('running')
    expect(page.text('push-summary')).toContain('50 B of 200 B')
    expect(submit().disabled).toBe(true)

    const digest = `sha256:${'ab'.repeat(32)}`
    const done = { ...layer, state: 'done', done: 200 } as const
    const ended = { state: 'done', endedAt: 3_000, items: [done], result: { digest } } as const
    main.emit('task.changed', task({ subject: NAME, ...ended, items: [done] }))
    await settle()
    expect(page.text('push-digest')).toContain(digest)
    expect(page.text('push-pull-command')).toContain(`docker pull ${NAME}`)
    await page.click('push-show-in-registry')
    expect(page.router.currentRoute.value).toMatchObject({
      name: 'registry',
      query: { repository: 'mhk/debian' },
    })
  })

  it('shows a push that was begun before the page', async () => {
    await open({
      images: [image(['mhk/debian:1.3', NAME])],
      tasks: [task({ subject: NAME, items: [layer] })],
    })
    expect(page.find('push-state').dataset.state).toBe('running')
  })

  it('says what to do when the push fails, and lets one try again', async () => {
    await open()
    await page.click('push-submit')
    const error = {
      code: 'registry_speaks_http',
      params: { address: '127.0.0.1:5000' },
      cause: 'server gave HTTP response to HTTPS client',
    } as const
    main.emit('task.changed', task({ subject: NAME, state: 'failed', endedAt: 2_000, error }))
    await settle()
    expect(page.find('error-notice').dataset.code).toBe('registry_speaks_http')
    expect(page.text('error-next')).toContain('insecure-registries')
    expect(submit().disabled).toBe(false)
  })

  it('shows why a push was not even begun', async () => {
    await open()
    main.answer({
      'images.push': () => {
        throw new Refusal({ code: 'engine_lost', params: {}, cause: null })
      },
    })
    await page.click('push-submit')
    expect(page.find('error-notice').dataset.code).toBe('engine_lost')
  })
})
