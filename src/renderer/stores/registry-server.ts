import type { CallInput } from '@shared/contract'
import type { AppError } from '@shared/errors'
import type { RegistryServerSettings, RegistryServerView } from '@shared/registry-server'
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { asAppError, call, onConnected, subscribe } from '@/api'

type Work = 'starting' | 'stopping' | 'saving'

/** The registry of one's own, as main tells of it. */
export const useRegistryServerStore = defineStore('registry-server', () => {
  const view = shallowRef<RegistryServerView | null>(null)
  /** Why there is no view, or why what was asked for was refused. */
  const error = shallowRef<AppError | null>(null)
  const work = ref<Work | null>(null)

  async function load(): Promise<void> {
    try {
      view.value = await call('registryServer.view', {})
      error.value = null
    } catch (thrown) {
      error.value = asAppError(thrown)
    }
  }

  /** Rejects with what stands in the way. */
  async function change(kind: Work, ask: () => Promise<RegistryServerView>): Promise<void> {
    work.value = kind
    try {
      view.value = await ask()
      error.value = null
    } finally {
      work.value = null
    }
  }

  /** As `change`; what stands in the way is in the view. */
  async function attempt(kind: Work, ask: () => Promise<RegistryServerView>): Promise<void> {
    await change(kind, ask).catch(load)
  }

  const save = (settings: RegistryServerSettings) =>
    change('saving', () => call('registryServer.save', settings))
  const addUser = (user: CallInput<'registryServer.addUser'>) =>
    change('saving', () => call('registryServer.addUser', user))
  const removeUser = (name: string) =>
    change('saving', () => call('registryServer.removeUser', { name }))
  const renewCertificate = () => change('saving', () => call('registryServer.renewCertificate', {}))
  const start = () => attempt('starting', () => call('registryServer.start', {}))
  const stop = () => attempt('stopping', () => call('registryServer.stop', {}))

  subscribe('registries.changed', () => {
    if (work.value === null) void load()
  })
  onConnected((connected) => {
    if (connected) void load()
  })
  void load()
  return { view, error, work, load, save, start, stop, addUser, removeUser, renewCertificate }
})
