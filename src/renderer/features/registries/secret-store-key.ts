import type { SecretStore } from '@shared/models'
import type { Text } from '@/i18n'

const KEYS = {
  'docker-helper': 'dockerHelper',
  keychain: 'keychain',
  memory: 'memory',
  'docker-config': 'dockerConfig',
} as const

/** Where a password is kept, in a few words (`secret`) or as a sentence (`secretNote`). */
export function secretStoreText(
  t: Text,
  store: SecretStore,
  form: 'secret' | 'secretNote' = 'secret',
): string {
  const name = store.kind === 'docker-helper' ? store.name : ''
  return t(`registries.${form}.${KEYS[store.kind]}`, { name })
}
