import type { DaemonSettings, SettingsChange, SettingsReport } from '@shared/doctor'
import type { AppError } from '@shared/errors'
import { defineStore } from 'pinia'
import { ref, shallowRef, watch } from 'vue'
import { asAppError, call } from '@/api'
import { useEnginesStore } from './engines'

/** Docker's own settings (daemon.json) of the engine in use, as far as a page has asked for them. */
export const useDaemonSettingsStore = defineStore('daemon-settings', () => {
  const engines = useEnginesStore()
  const settings = shallowRef<DaemonSettings | null>(null)
  const error = shallowRef<AppError | null>(null)
  /** What the last change that was taken back came to. */
  const undone = ref<SettingsReport['effect'] | null>(null)
  const busy = ref(false)

  async function load(): Promise<void> {
    try {
      settings.value = await call('daemon.settings', {})
      error.value = null
    } catch (thrown) {
      settings.value = null
      error.value = asAppError(thrown)
    }
  }

  /** Writes and reloads. Throws what went wrong. */
  async function apply(change: SettingsChange, base: string): Promise<SettingsReport> {
    undone.value = null
    const report = await call('daemon.apply', { change, base })
    settings.value = report.settings
    return report
  }

  /** Takes the last change back. */
  async function undo(): Promise<void> {
    const made = settings.value?.undo
    if (!made) return
    busy.value = true
    error.value = null
    try {
      const report = await call('daemon.undo', { id: made.id })
      settings.value = report.settings
      undone.value = report.effect
    } catch (thrown) {
      error.value = asAppError(thrown)
    } finally {
      busy.value = false
    }
  }

  // Another engine has other settings.
  watch(
    () => engines.current?.id,
    (_id, before) => {
      if (before === undefined) return
      undone.value = null
      if (settings.value !== null || error.value !== null) void load()
    },
  )
  return { settings, error, undone, busy, load, apply, undo }
})
