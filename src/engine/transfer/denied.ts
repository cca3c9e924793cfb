/** Why a registry said `denied` to a push, as far as it can be told (facts: ACR says no more). */
import { LaminaError } from '@shared/errors'
import type { RegistryClient } from '../registry/client/client'
import { registryError } from '../registry/client/registry-error'

/**
 * A `registry_denied` as `registry_denied_rights` (the repository is there: the right is missing) or
 * `registry_denied_missing` (it is not, and the push did not make it); other errors as they are.
 */
export async function explainDenied(
  client: RegistryClient,
  repository: string,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof LaminaError) || error.code !== 'registry_denied') return error
  const seen = await look(client, repository)
  if (seen === null) return error
  const { address } = client.endpoint
  const namespace = repository.split('/')[0] ?? repository
  return registryError(
    seen ? 'registry_denied_rights' : 'registry_denied_missing',
    { address, repository, namespace },
    { cause: error.cause, docker: 'denied: requested access to the resource is denied' },
  )
}

/** Whether the repository is there; null where that is not told either. */
async function look(client: RegistryClient, repository: string): Promise<boolean | null> {
  try {
    await client.tags(repository, AbortSignal.timeout(15_000))
    return true
  } catch (error) {
    return error instanceof LaminaError && error.code === 'manifest_unknown' ? false : null
  }
}
