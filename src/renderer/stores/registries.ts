import type { CallInput } from '@shared/contract'
import type { AppError } from '@shared/errors'
import type { FoundLogin, Registry, SecretStore } from '@shared/models'
import { TOKEN_USER } from '@shared/registries'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { asAppError, call, onConnected, subscribe } from '@/api'

/** The saved registries; they belong to the app and not to an engine. */
export const useRegistriesStore = defineStore('registries', () => {
  const items = shallowRef<Registry[]>([])
  const loaded = ref(false)
  const error = shallowRef<AppError | null>(null)
  /** Where a new password would be kept; null until main has told. */
  const secretStore = shallowRef<SecretStore | null>(null)
  /** Logins of docker's for registries that are not in the list. */
  const found = shallowRef<FoundLogin[]>([])
  const byId = computed(() => new Map(items.value.map((registry) => [registry.id, registry])))

  /** Who signs in at an address, by what is saved, else by what `docker login` left; null: not known. */
  function userOf(address: string): string | null {
    const saved = items.value.find((one) => one.address === address)
    if (saved) return saved.username
    const user = found.value.find((one) => one.address === address)?.username ?? null
    return user === TOKEN_USER ? null : user
  }

  async function load(): Promise<void> {
    try {
      const [registries, store] = await Promise.all([
        call('registries.list', {}),
        call('registries.secretStore', {}),
      ])
      items.value = registries
      secretStore.value = store
      loaded.value = true
      error.value = null
    } catch (thrown) {
      error.value = asAppError(thrown)
    }
  }

  /** Adds (`id` null) or changes a registry. The password goes to main and is not kept here. */
  async function save(input: CallInput<'registries.save'>): Promise<Registry> {
    const saved = await call('registries.save', input)
    await load()
    return saved
  }

  async function signOut(id: string): Promise<void> {
    await call('registries.signOut', { id })
    await load()
  }

  /** Asked for by the page: helpers take their time. */
  async function loadFound(): Promise<void> {
    found.value = await call('registries.found', {}).catch(() => [])
  }

  async function remove(id: string): Promise<void> {
    await call('registries.remove', { id })
    await load()
  }

  subscribe('registries.changed', () => void load())
  onConnected((connected) => {
    if (connected) void load()
  })
  void load()
  return {
    ...{ items, byId, loaded, error, secretStore, found },
    ...{ userOf, load, loadFound, save, signOut, remove },
  }
})
