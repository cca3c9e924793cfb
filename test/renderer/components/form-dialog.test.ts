import { LaminaError } from '@shared/errors'
import { flushPromises, type VueWrapper } from '@vue/test-utils'
import { defineComponent, h, ref } from 'vue'
import { beforeEach, expect, it } from 'vitest'
import { ApiError } from '@/api'
import FormDialog from '@/components/FormDialog.vue'
import { useSubmit } from '@/components/use-submit'
import { fakeMain } from '../support/fake-main'
import { byId, mountInApp, need, press, submit } from '../support/mount'

fakeMain()
const refusal = new ApiError(new LaminaError('disk_full', { path: '/var' }).toJSON())
let opened = 0
let work: () => Promise<unknown> = () => Promise.resolve()

const Page = defineComponent({
  setup() {
    const show = ref(true)
    const form = useSubmit()
    const dialog = {
      form,
      name: 'x',
      title: 'Title',
      submit: 'Go',
      onOpened: () => opened++,
      onSubmit: async () => {
        if (await form.submit(work)) show.value = false
      },
    }
    const update = (open: boolean) => (show.value = open)
    return () => [
      h('button', { 'data-testid': 'open', onClick: () => (show.value = true) }),
      h(FormDialog, { ...dialog, show: show.value, 'onUpdate:show': update }, () =>
        h('input', { 'data-testid': 'field' }),
      ),
    ]
  },
})

/** The dialog, gone from the document with the next one. */
let page: VueWrapper | null = null
beforeEach(async () => {
  page?.unmount()
  document.body.innerHTML = ''
  opened = 0
  work = () => Promise.resolve()
  page = await mountInApp(Page)
})

async function open(): Promise<void> {
  need('open').focus()
  need('open').click()
  await flushPromises()
}

it('has the focus in its first field, and gives it back', async () => {
  expect(document.activeElement).toBe(need('field'))
  await press(document, 'Escape')
  expect(byId('field')).toBeNull()
  await open()
  expect(document.activeElement).toBe(need('field'))
  await submit('dialog-x')
  expect(byId('field')).toBeNull()
  expect(document.activeElement).toBe(need('open'))
})

it('says why it was refused and what to do next, until it is opened again', async () => {
  work = () => Promise.reject(refusal)
  await submit('dialog-x')
  expect(need('error-notice').dataset.code).toBe('disk_full')
  expect(need('error-next').textContent).not.toBe('')
  await press(document, 'Escape')
  await open()
  expect(byId('error-notice')).toBeNull()
  expect(opened).toBe(2)
})

it('is not submitted twice, and is not emptied while it works', async () => {
  let done = () => {}
  let count = 0
  work = () => {
    count++
    return new Promise<void>((resolve) => (done = resolve))
  }
  await submit('dialog-x')
  await submit('dialog-x')
  expect(count).toBe(1)
  await press(document, 'Escape')
  await open()
  expect(opened).toBe(1)
  done()
  await flushPromises()
  expect(byId('field')).toBeNull()
})

it('takes a cancel for no error', async () => {
  work = () => Promise.reject(new ApiError(new LaminaError('cancelled').toJSON()))
  await submit('dialog-x')
  expect(byId('error-notice')).toBeNull()
  expect(byId('field')).not.toBeNull()
})
