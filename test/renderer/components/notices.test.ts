import { LaminaError } from '@shared/errors'
import { flushPromises } from '@vue/test-utils'
import { defineComponent, h, ref } from 'vue'
import { expect, it } from 'vitest'
import AppDialog from '@/components/AppDialog.vue'
import CommandBar from '@/components/CommandBar.vue'
import ErrorNotice from '@/components/ErrorNotice.vue'
import { setLanguage } from '@/i18n'
import { dockerCommands } from '@/lib/docker-command'
import { useCommand } from '@/stores/command-bar'
import { fakeMain } from '../support/fake-main'
import { byId, mountInApp, need, press, propOf, submit } from '../support/mount'

fakeMain()

it('says what happened and what to do next, in both languages', async () => {
  const error = new LaminaError('disk_full', { path: '/var' }, { cause: 'ENOSPC' }).toJSON()
  const wrapper = await mountInApp(ErrorNotice, { error })
  expect(need('error-what').textContent).toBe('The disk is full: /var.')
  expect(wrapper.text()).toContain('ENOSPC')
  setLanguage('zh-CN')
  await flushPromises()
  expect(need('error-what').textContent).toBe('磁盘已满：/var。')
  setLanguage('en')
  wrapper.unmount()
})

it('never calls the nearest command the same', async () => {
  const docker = dockerCommands([])
  const shown = ref(docker.pull('busybox'))
  const Page = defineComponent(() => {
    useCommand(() => shown.value)
    return () => h(CommandBar)
  })
  await mountInApp(Page)
  expect(need('command-bar-line').textContent).toBe('docker pull busybox')
  expect(need('command-bar-lead').textContent).toBe('Command')
  shown.value = docker.imageFiles('busybox')
  await flushPromises()
  expect(need('command-bar-lead').textContent).toContain('nearest')
  shown.value = docker.none()
  await flushPromises()
  expect(byId('command-bar-line')).toBeNull()
})

it('is a dialog by keyboard: focus, Enter, Esc', async () => {
  const wrapper = await mountInApp(AppDialog, {
    name: 'x',
    title: 'Title',
    submit: 'Go',
    show: true,
    'onUpdate:show': (show: boolean) => wrapper.setProps({ show }),
  })
  const dialog = need('dialog-x')
  expect(dialog.parentElement?.getAttribute('role')).toBe('dialog')
  expect(document.activeElement).toBe(need('dialog-x-submit'))
  await submit('dialog-x')
  expect(wrapper.emitted('submit')).toHaveLength(1)
  await wrapper.setProps({ disabled: true })
  await submit('dialog-x')
  expect(wrapper.emitted('submit')).toHaveLength(1)
  await press(document, 'Escape')
  expect(propOf(wrapper, 'show')).toBe(false)
})
