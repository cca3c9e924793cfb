/** Brings an image into a Docker (or Podman) daemon, through `docker load`. */
import { LaminaError } from '@shared/errors'
import { familiarReference, type Reference } from '@shared/reference'
import type { ByteStream } from '../blob/blob-store'
import type { Digest } from '../oci/digest'
import { archiveOf } from './archive-sink'
import type { Sink, SinkResult, Sourced } from './copy'
import type { Daemon } from './daemon'
import type { TransferOptions } from './progress'

export class DaemonSink implements Sink {
  constructor(
    private readonly daemon: Daemon,
    private readonly name: Reference,
  ) {}

  /** Throws `engine_refused`; `digest_mismatch` where the daemon has another image afterwards. */
  async put(sourced: Sourced, options: TransferOptions): Promise<SinkResult> {
    if (sourced.kind === 'index') throw new LaminaError('one_platform_only', { place: 'Docker' })
    const { stream, result } = archiveOf(sourced, this.name, options)
    await this.daemon.load(stream, options.signal)
    const done = result()
    await verifyLoaded(
      this.daemon,
      familiarReference(this.name),
      { ids: [done.id, done.digest], diffIds: sourced.layers.map(({ diffId }) => diffId) },
      options.signal,
    )
    return done
  }
}

/** Loads an archive that was written for it, and looks at what came of it. */
export async function loadInto(
  daemon: Daemon,
  archive: ByteStream,
  name: string,
  expected: { ids: readonly (Digest | null)[]; diffIds: readonly Digest[] },
  signal: AbortSignal | undefined,
): Promise<void> {
  await daemon.load(archive, signal)
  await verifyLoaded(daemon, name, expected, signal)
}

/** With containerd's store a daemon's ids are of another kind: then the layers are compared. */
async function verifyLoaded(
  daemon: Daemon,
  name: string,
  { ids, diffIds }: { ids: readonly (Digest | null)[]; diffIds: readonly Digest[] },
  signal: AbortSignal | undefined,
): Promise<void> {
  const loaded = await daemon.image(name, signal)
  if (ids.includes(loaded.id) || loaded.diffIds.join() === diffIds.join()) return
  throw new LaminaError('digest_mismatch', {}, { cause: `${name} is ${loaded.id} after the load` })
}
