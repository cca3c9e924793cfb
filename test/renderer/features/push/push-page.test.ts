import { LaminaError } from '@shared/errors'
import { afterEach, describe, expect, it } from 'vitest'
import PushPage from '@/features/push/PushPage.vue'
import { joinLines } from '@/lib/docker-command'
import { useCommandBarStore } from '@/stores/command-bar'
import type { FoundLogin, ImageSummary, Registry, Task } from '@shared/models'
import type { PushPlan } from '@shared/registries'
import { DAEMON_SETTINGS, fakeMain, task } from '../../support/fake-main'
import { mountPage, settle, type Mounted } from '../../support/mount-page'

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
  own: false,
}
const NAME = '127.0.0.1:5000/mhk/debian:1.3'
const PLAN: PushPlan = {
  items: [
    {
      kind: 'layer',
      diffId: `sha256:${'a'.repeat(64)}`,
      digest: `sha256:${'1'.repeat(64)}`,
      size: 2_000_000,
      estimate: null,
      state: 'exists',
      from: null,
    },
    {
      kind: 'layer',
      diffId: `sha256:${'b'.repeat(64)}`,
      digest: null,
      size: null,
      estimate: 5_000_000,
      state: 'send',
      from: null,
    },
  ],
  send: 0,
  mount: 0,
  exists: 2_000_000,
  unknown: 1,
  replaces: null,
  platforms: [],
  rateLimit: null,
  visibility: 'private',
  service: null,
  user: 'mhk',
}
const layer = { id: 'l1', state: 'working', status: 'Pushing', done: 50, total: 200 } as const

let page: Mounted
afterEach(() => page.unmount())
const open = async (
  more: {
    images?: ImageSummary[]
    tasks?: Task[]
    registries?: Registry[]
    plan?: Partial<PushPlan>
    found?: FoundLogin[]
  } = {},
) => {
  main.answer({
    'images.list': () => more.images ?? [image(['mhk/debian:1.3'])],
    'registries.list': () => more.registries ?? [registry],
    'daemon.settings': () => DAEMON_SETTINGS,
    'tasks.list': () => more.tasks ?? [],
    'images.push': () => 'task-1',
    'tasks.pause': () => undefined,
    'tasks.resume': () => undefined,
    'images.planPush': () => ({ ...PLAN, ...more.plan }),
    'registries.repositories': () => ({ repositories: ['mhk/debian', 'mhk/web'], next: null }),
    'registries.known': () => [],
    'registries.found': () => more.found ?? [],
  })
  page = await mountPage(PushPage, { id: ID }, `/images/${ID}/push`)
}
const submit = () => page.find('push-submit') as HTMLButtonElement
/** Looks at what would be sent, then sends it. */
const push = async () => {
  await page.click('push-submit')
  expect(page.find('push-review').dataset.state).toBe('seen')
  await page.click('push-submit')
}
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
    expect(page.text('push-tutorial')).toContain('docker login')
  })

  it('offers the rename of a name without a user, once it knows who pushes', async () => {
    await open({ registries: [registry, { ...registry, id: 'hub', address: 'docker.io' }] })
    await page.click('push-kind-hub')
    await page.type('push-repository', 'debian')
    expect(page.text('push-form')).toContain('official images')
    await page.click('push-hub-rename')
    expect(page.text('push-name')).toBe('mhk/debian:1.3')
    expect(page.text('push-registry-note')).toContain('signed in as mhk')
  })

  it.each([
    ['mhk', ['push-hub-rename', 'push-name', 'mhk/debian:1.3']],
    ['<token>', ['push-hub-who', 'push-registry-note', 'No login is saved']],
  ] as const)('takes the user from what docker login left: %s', async (username, then) => {
    const store = { kind: 'docker-config' } as const
    await open({ found: [{ address: 'docker.io', username, store }] })
    await page.click('push-kind-hub')
    await page.type('push-repository', 'debian')
    const [button, shown, text] = then
    if (username === 'mhk') expect(page.text('push-registry-note')).toContain('by “docker login”')
    await page.click(button)
    expect(page.text(shown)).toContain(text)
  })

  it('puts an address of Aliyun’s together, and takes one apart that is pasted', async () => {
    await open()
    await page.click('push-kind-acr')
    await page.type(
      'push-acr-instance',
      'crpi-0123456789abcdef-vpc.cn-beijing.personal.cr.aliyuncs.com',
    )
    expect(page.text('push-name')).toBe(
      'crpi-0123456789abcdef-vpc.cn-beijing.personal.cr.aliyuncs.com/mhk/debian:1.3',
    )
    expect(page.text('push-acr-network-note')).toContain('VPC')
    await page.type('push-acr-region', '上海')
    expect(page.all('push-acr-region-option').map((one) => one.textContent)).toEqual([
      '华东2（上海） · China (Shanghai)cn-shanghai',
    ])
    page
      .find('push-acr-region')
      .dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))
    await settle()
    await page.click('push-acr-network-public')
    expect(page.text('push-acr-address')).toBe(
      'crpi-0123456789abcdef.cn-shanghai.personal.cr.aliyuncs.com',
    )
    expect(page.text('push-account-mistakes')).toContain('AccessKey')
    expect(page.text('push-tutorial')).toContain('docker login crpi-0123456789abcdef.cn-shanghai')
  })

  it('says what a push will do before anything is sent', async () => {
    const replaces = `sha256:${'c'.repeat(64)}`
    await open({ plan: { visibility: 'public', replaces } })
    await page.click('push-submit')
    expect(main.inputs('images.planPush')).toEqual([{ image: ID, reference: NAME }])
    expect(main.inputs('images.push')).toEqual([])
    expect(page.text('push-review-seen-by')).toContain('Everybody who can reach this registry')
    expect(page.text('push-review-tag')).toContain('cccccccccccc')
    expect(page.text('push-review-send')).toContain('at most 5 MB')
    expect(page.all('push-review-item').map((one) => one.dataset.state)).toEqual(['exists', 'send'])
    await page.type('push-tag', '2')
    expect(page.exists('push-review')).toBe(false)
  })

  it('calls public what is public at Aliyun’s, and not what is open in one’s own network', async () => {
    await open({ plan: { visibility: 'public', service: 'registry.aliyuncs.com:cn-lab:26842' } })
    await page.click('push-submit')
    expect(page.text('push-review-seen-by')).toBe(
      'Everybody will see it: the repository is public.',
    )
  })

  it('explains a denied push to Aliyun’s registry, behind whatever host', async () => {
    await open({ plan: { service: 'registry.aliyuncs.com:cn-lab:26842' } })
    await push()
    const params = { address: '127.0.0.1:5000', repository: 'mhk/debian', namespace: 'mhk' }
    const error = { code: 'registry_denied_missing', params, cause: 'denied' } as const
    main.emit('task.changed', task({ subject: NAME, state: 'failed', endedAt: 2, error }))
    await settle()
    expect(page.all('push-denied-cause').map((one) => one.dataset.cause)).toEqual([
      'namespace',
      'repository',
      'rights',
    ])
  })

  it('offers the image alone where its attestations are refused', async () => {
    await open()
    await push()
    const params = { address: '127.0.0.1:5000', repository: 'mhk/debian' }
    const error = { code: 'registry_refused_attested', params, cause: 'manifest' } as const
    main.emit('task.changed', task({ subject: NAME, state: 'failed', endedAt: 2, error }))
    await settle()
    await page.click('push-alone')
    expect(main.inputs('images.push')[1]).toEqual({ image: ID, reference: NAME, direct: true })
  })

  it('pauses and goes on', async () => {
    await open({
      images: [image(['mhk/debian:1.3', NAME])],
      tasks: [task({ subject: NAME, pausable: true, items: [layer] })],
    })
    await page.click('push-pause')
    expect(main.inputs('tasks.pause')).toEqual([{ id: 'task-1' }])
    main.emit('task.changed', task({ subject: NAME, pausable: true, state: 'paused' }))
    await settle()
    expect(submit().disabled).toBe(true)
    expect(page.text('push-paused')).toContain('sends the rest')
    await page.click('push-resume')
    expect(main.inputs('tasks.resume')).toEqual([{ id: 'task-1' }])
  })

  it('pushes directly where Docker would refuse, and says so', async () => {
    const lab = { ...registry, address: 'registry.lab:5000' }
    const name = 'registry.lab:5000/mhk/debian:1.3'
    await open({ registries: [lab] })
    expect(page.text('push-direct-why')).toContain('Docker would refuse')
    expect(useCommandBarStore().command?.match).toBe('nearest')
    await push()
    expect(main.inputs('images.push')).toEqual([{ image: ID, reference: name, direct: true }])
    await page.click('push-direct')
    expect(page.text('push-direct-why')).not.toContain('by itself')
    await push()
    expect(main.inputs('images.push')[1]).toMatchObject({ direct: false })
  })

  it('says that a tag of another image moves', async () => {
    await open({ images: [image(['mhk/debian:1.3']), image([NAME], 'sha256:0123456789abcdef')] })
    expect(page.text('push-moves')).toContain('0123456789ab')
  })

  it('pushes, shows the layers, and ends with the digest', async () => {
    await open()
    await push()
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
    await page.type('push-tag', '1.4')
    expect(page.exists('push-state')).toBe(false)
    await page.type('push-tag', '1.3')
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
    await push()
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
        throw new LaminaError('engine_lost')
      },
      'images.planPush': () => PLAN,
    })
    await push()
    expect(page.find('error-notice').dataset.code).toBe('engine_lost')
  })
})
