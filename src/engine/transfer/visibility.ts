/** Who can see a repository, as far as its registry tells. */
import type { TransferPreview } from '@shared/lamina-api'
import { LaminaError } from '@shared/errors'
import type { RegistryClient } from '../registry/client/client'

/**
 * Asks as nobody, and as the user where nobody is refused. @param anonymous a client without
 * credentials @param client the user's
 */
export async function visibilityOf(
  anonymous: RegistryClient,
  client: RegistryClient,
  repository: string,
  signal?: AbortSignal,
): Promise<TransferPreview['visibility']> {
  const seen = await look(anonymous, repository, signal)
  if (seen === 'there') return 'public'
  const own = await look(client, repository, signal)
  if (own === 'there') return seen === 'refused' ? 'private' : 'unknown'
  return own === 'missing' ? 'new' : 'unknown'
}

async function look(
  client: RegistryClient,
  repository: string,
  signal: AbortSignal | undefined,
): Promise<'there' | 'missing' | 'refused' | 'unknown'> {
  try {
    await client.tags(repository, signal)
    return 'there'
  } catch (error) {
    if (!(error instanceof LaminaError) || error.code === 'cancelled') throw error
    if (error.code === 'manifest_unknown') return 'missing'
    const refused = ['registry_denied', 'registry_login_required', 'registry_unauthorized']
    return refused.includes(error.code) ? 'refused' : 'unknown'
  }
}
