import { LaminaError } from '@shared/errors'
import { flushPromises } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'
import CreateContainerDialog from '@/features/images/CreateContainerDialog.vue'
import PullDialog from '@/features/images/PullDialog.vue'
import RemoveDialog from '@/features/images/RemoveDialog.vue'
import TagDialog from '@/features/images/TagDialog.vue'
import { fakeMain, image } from '../../support/fake-main'
import { byId, mountInApp, need, submit, testRouter, type } from '../../support/mount'

const id = `sha256:${'a'.repeat(64)}`
const other = `sha256:${'b'.repeat(64)}`
const main = fakeMain({
  'images.list': () => [image(), image({ id: other, repoTags: ['team/app:2'] })],
  'images.tag': () => undefined,
  'images.previewRemove': ({ references }) => ({
    frees: 116e6,
    items: references.map((reference) => ({
      reference,
      untagged: [reference],
      deletesImage: true,
      frees: 116e6,
      blockers: reference === 'b:1' ? [{ id: 'c', name: 'web', state: 'exited' as const }] : [],
    })),
  }),
  'images.remove': ({ references }) => ({
    items: references.map((reference) => ({
      reference,
      untagged: [reference],
      deleted: [id],
      error: null,
    })),
  }),
  'images.pull': () => 't1',
  'containers.create': ({ name }) => {
    if (name === 'taken') throw new LaminaError('name_in_use', { name })
    return { id: 'c1' }
  },
})
const disabled = (testid: string) => need<HTMLButtonElement>(testid).disabled

beforeEach(() => {
  document.body.innerHTML = ''
  main.asked.length = 0
})

describe('tag', () => {
  it('checks the name as one types and says when a tag moves', async () => {
    const wrapper = await mountInApp(TagDialog, { show: true, id, reference: 'mhk/debian:1.3' })
    expect(disabled('dialog-tag-submit')).toBe(true)
    await type('dialog-tag-reference', 'Team/App')
    expect(need('dialog-tag').textContent).toContain('capital')
    await type('dialog-tag-reference', 'team/app:2')
    expect(need('dialog-tag-note').textContent).toContain('bbbbbbbbbbbb')
    await type('dialog-tag-reference', 'mhk/debian:1.3')
    expect(disabled('dialog-tag-submit')).toBe(true)
    await type('dialog-tag-reference', ' team/app:3 ')
    await submit('dialog-tag')
    expect(main.inputs('images.tag')).toEqual([{ id, reference: 'team/app:3' }])
    expect(wrapper.emitted('update:show')).toEqual([[false]])
  })
})

describe('remove', () => {
  it('shows what goes and what blocks, removes what can go, and reports', async () => {
    await mountInApp(RemoveDialog, { show: true, references: ['a:1', 'b:1'] })
    expect(need('dialog-remove-frees').textContent).toContain('116 MB')
    expect(need('dialog-remove-blockers').textContent).toContain('web')
    await submit('dialog-remove')
    expect(main.inputs('images.remove')).toEqual([{ references: ['a:1'], force: false }])
    expect(need('dialog-remove-report').textContent).toContain(`Deleted: ${id}`)
    expect(byId('dialog-remove-submit')).toBeNull()
  })

  it('takes what stopped containers use only when told to', async () => {
    await mountInApp(RemoveDialog, { show: true, references: ['b:1'] })
    expect(disabled('dialog-remove-submit')).toBe(true)
    need('dialog-remove-force').click()
    await flushPromises()
    await submit('dialog-remove')
    expect(main.inputs('images.remove')).toEqual([{ references: ['b:1'], force: true }])
  })
})

describe('create a container', () => {
  it('splits the command as a shell would and opens the container', async () => {
    const router = testRouter()
    await mountInApp(CreateContainerDialog, { show: true, id, reference: 'a:1' }, router)
    await type('dialog-create-name', 'x')
    expect(disabled('dialog-create-submit')).toBe(true)
    await type('dialog-create-name', 'web-1')
    await type('dialog-create-command', `sh -c "echo 'a b'`)
    expect(disabled('dialog-create-submit')).toBe(true)
    await type('dialog-create-command', `sh -c "echo 'a b'"`)
    await submit('dialog-create')
    expect(main.inputs('containers.create')).toEqual([
      { image: 'a:1', name: 'web-1', command: ['sh', '-c', "echo 'a b'"] },
    ])
    await flushPromises()
    expect(router.currentRoute.value.fullPath).toBe('/containers/c1')
  })

  it('stays open with the reason when the engine refuses', async () => {
    const wrapper = await mountInApp(CreateContainerDialog, { show: true, id, reference: 'a:1' })
    await type('dialog-create-name', 'taken')
    await submit('dialog-create')
    expect(need('error-notice').dataset.code).toBe('name_in_use')
    expect(wrapper.emitted('update:show')).toBeUndefined()
  })
})

describe('pull', () => {
  it('shows the layers come, then offers the image', async () => {
    await mountInApp(PullDialog, { show: true })
    await type('dialog-pull-reference', 'mhk/debian:1.3')
    await submit('dialog-pull')
    const task = {
      id: 't1',
      kind: 'pull' as const,
      subject: 'mhk/debian:1.3',
      engine: 'Docker',
      pausable: false,
      startedAt: 1,
      endedAt: null,
      error: null,
      result: null,
    }
    const layer = { id: 'l1', state: 'working' as const, status: 'Downloading', done: 1, total: 4 }
    main.emit('task.changed', { ...task, state: 'running', items: [layer] })
    await flushPromises()
    expect(need('task-item').textContent).toContain('1 B of 4 B')
    expect(byId('dialog-pull-background')).not.toBeNull()
    main.emit('task.changed', {
      ...task,
      state: 'done',
      items: [],
      endedAt: 2,
      result: { imageId: id, reference: 'mhk/debian:1.3', digest: other },
    })
    await flushPromises()
    expect(need('dialog-pull-done').textContent).toContain(other)
    expect(byId('dialog-pull-open')).not.toBeNull()
  })
})
