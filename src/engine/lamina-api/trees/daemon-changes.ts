/**
 * The changes of a container of a daemon. `/changes` names paths and nothing else, so that sizes,
 * modes and owners are looked up in the stream of `/export`, whose contents are passed over.
 */
import { LaminaError } from '@shared/errors'
import { displayName } from '../../layer/names'
import { TarScanner } from '../../layer/tar-scanner'
import type { LayerEntry } from '../../layer/types'
import type { Daemon } from '../../transfer/daemon'
import type { PathChange } from './change-tree'
import type { ProgressListener } from './flights'

/**
 * Errors: `not_found`, `engine_unreachable`, `engine_lost` when the daemon dies on the way,
 * `cancelled`.
 */
export async function daemonChanges(
  daemon: Daemon,
  container: string,
  signal: AbortSignal,
  progress: ProgressListener,
): Promise<{ id: string; changes: PathChange[] }> {
  const { id } = await daemon.container(container, signal)
  const listed = await daemon.changes(id, signal)
  const wanted = new Set(
    listed.filter(({ change }) => change !== 'deleted').map(({ path }) => relative(path)),
  )
  const entries =
    wanted.size === 0
      ? new Map<string, LayerEntry>()
      : await exportedEntries(daemon, id, wanted, signal, progress)
  const changes = listed.map(({ path, change }) => ({
    path: relative(path),
    change,
    entry: entries.get(relative(path)) ?? null,
  }))
  return { id, changes }
}

/** The entries of these paths; the export is left as soon as all have come. */
async function exportedEntries(
  daemon: Daemon,
  id: string,
  wanted: Set<string>,
  signal: AbortSignal,
  progress: ProgressListener,
): Promise<Map<string, LayerEntry>> {
  const found = new Map<string, LayerEntry>()
  const scanner = new TarScanner({
    entry: (entry) => {
      const path = displayName(entry.path)
      if (wanted.has(path)) found.set(path, entry)
    },
  })
  for await (const chunk of await daemon.export(id, signal)) {
    scanner.write(chunk)
    progress(scanner.position, null)
    if (found.size === wanted.size) return found
  }
  if (!scanner.ended) {
    throw new LaminaError('engine_lost', {}, { cause: new Error('the export ended too early') })
  }
  return found
}

function relative(path: string): string {
  return path.replace(/^\/+/, '')
}
