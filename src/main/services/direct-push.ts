/**
 * A push without the daemon's help: it gives the image, and the bundled engine sends what the registry
 * has not. So no insecure-registries are needed, and the daemon's names stay as they are.
 */
import { fromAppError, LaminaError } from '@shared/errors'
import type { TransferPreview, TransferRequest, TransferSource } from '@shared/lamina-api'
import { fullReference, type Reference } from '@shared/reference'
import type { DockerClient } from '../docker/client'
import { planCopy, startCopy, transferLineSchema } from '../docker/lamina'
import { jsonLines } from '../docker/progress'
import type { RegistryAccess } from '../docker/transfers'
import type { TaskRun } from './tasks'

type Source = Extract<TransferSource, { kind: 'daemon' | 'store' }>

/** What a push would do; nothing is changed. */
export function planPush(
  bundled: DockerClient,
  source: Source,
  reference: Reference,
  access: RegistryAccess,
  signal: AbortSignal,
): Promise<TransferPreview> {
  return planCopy(bundled, requestOf(source, reference, access), { auth: access.auth }, signal)
}

/** Returns the digest of the manifest, which was read back from the registry and compared. */
export async function pushDirectly(
  bundled: DockerClient,
  source: Source,
  reference: Reference,
  access: RegistryAccess,
  run: TaskRun,
): Promise<string> {
  const { auth } = access
  const request = requestOf(source, reference, access)
  const stream = await startCopy(bundled, request, { auth }, run.signal)
  try {
    for await (const line of jsonLines(stream, transferLineSchema)) {
      if ('item' in line) {
        const { id, ...item } = line.item
        run.item(id, item)
      } else if ('error' in line) throw fromAppError(line.error)
      else if (line.result.digest !== null) return line.result.digest
    }
  } catch (thrown) {
    throw bundled.explain(thrown, { signal: run.signal })
  }
  throw new LaminaError('engine_lost')
}

function requestOf(
  source: Source,
  reference: Reference,
  { insecure }: RegistryAccess,
): TransferRequest {
  const protocol = insecure ? 'http' : 'https'
  return { source, target: { kind: 'registry', reference: fullReference(reference), protocol } }
}
