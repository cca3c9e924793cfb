/**
 * A push without the daemon's help: it gives the image, and the bundled engine sends what the registry
 * has not. So no insecure-registries are needed, and the daemon's names stay as they are.
 */
import { fromAppError, LaminaError } from '@shared/errors'
import type { DaemonAddress } from '@shared/lamina-api'
import { fullReference, type Reference } from '@shared/reference'
import type { DockerClient } from '../docker/client'
import { startCopy, transferLineSchema } from '../docker/lamina'
import { jsonLines } from '../docker/progress'
import type { RegistryAccess } from '../docker/transfers'
import type { TaskRun } from './tasks'

/** Returns the digest of the manifest, which was read back from the registry and compared. */
export async function pushDirectly(
  bundled: DockerClient,
  source: { daemon: DaemonAddress; image: string },
  reference: Reference,
  { auth, insecure }: RegistryAccess,
  run: TaskRun,
): Promise<string> {
  const request = {
    source: { kind: 'daemon' as const, ...source },
    target: {
      kind: 'registry' as const,
      reference: fullReference(reference),
      protocol: insecure ? ('http' as const) : ('https' as const),
    },
  }
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
