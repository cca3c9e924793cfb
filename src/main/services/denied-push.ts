/** A daemon says `denied` to everything: what stands behind it is asked of the registry itself. */
import { LaminaError } from '@shared/errors'
import type { Reference } from '@shared/reference'
import type { DockerClient } from '../docker/client'
import { listTags } from '../docker/lamina'
import type { RegistryAccess } from '../docker/transfers'

/**
 * A `registry_denied` as `registry_denied_missing` (there is no such repository, and the push made
 * none) or `registry_denied_rights` (it is there), where the registry tells; other errors as they are.
 */
export async function explainDenied(
  bundled: DockerClient,
  { domain, path }: Reference,
  { auth, insecure }: RegistryAccess,
  thrown: unknown,
): Promise<unknown> {
  if (!(thrown instanceof LaminaError) || thrown.code !== 'registry_denied') return thrown
  const target = {
    address: domain,
    protocol: insecure ? ('http' as const) : ('https' as const),
    username: auth.username ?? null,
    password: auth.password ?? null,
    identitytoken: auth.identitytoken ?? null,
    repository: path,
  }
  const there = await listTags(bundled, target, AbortSignal.timeout(15_000)).then(
    () => true,
    (error: unknown) => (codeOf(error) === 'manifest_unknown' ? false : null),
  )
  if (there === null) return thrown
  const namespace = path.split('/')[0] ?? path
  return new LaminaError(
    there ? 'registry_denied_rights' : 'registry_denied_missing',
    { address: domain, repository: path, namespace },
    { cause: thrown.cause },
  )
}

function codeOf(error: unknown): string | null {
  return error instanceof LaminaError ? error.code : null
}
