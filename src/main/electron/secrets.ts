/** The system's keychain through Electron's safeStorage. */
import { safeStorage } from 'electron'
import type { SecretBox } from '../services/platform'

/** Null where there is no keychain: on Linux without a keyring, text would only look encrypted. */
export function keychain(): SecretBox | null {
  if (!safeStorage.isEncryptionAvailable()) return null
  // Electron 25 has no such function; there, isEncryptionAvailable says it all.
  const backend =
    'getSelectedStorageBackend' in safeStorage ? safeStorage.getSelectedStorageBackend : null
  if (process.platform === 'linux' && backend?.call(safeStorage) === 'basic_text') return null
  return {
    encrypt: (text) => safeStorage.encryptString(text).toString('base64'),
    decrypt: (base64) => safeStorage.decryptString(Buffer.from(base64, 'base64')),
  }
}
