import type { Task, TaskItem } from '@shared/models'

/** What a push has sent and what the registry held already. */
export interface PushProgress {
  /** Bytes sent so far. */
  sent: number
  /** Bytes to send in all, as far as known; layers the registry has are not among them. */
  toSend: number
  layers: number
  /** Layers that the registry had. */
  existing: number
}

/** Adds up the layers of a push. */
export function pushProgress(items: readonly TaskItem[]): PushProgress {
  const progress = { sent: 0, toSend: 0, layers: items.length, existing: 0 }
  for (const item of items) {
    if (item.state === 'exists') progress.existing += 1
    else {
      // A push that compresses on the way may send more or less than was announced.
      progress.sent += item.done
      progress.toSend += Math.max(item.total ?? 0, item.done)
    }
  }
  return progress
}

/**
 * The push of an image that concerns the form now: one that goes on, whatever its target, or one to
 * `target` that has ended. Of this image is the one begun here, and what went to a name that it has.
 */
export function findPush(
  tasks: readonly Task[],
  {
    begun,
    names,
    target,
  }: { begun: string | undefined; names: readonly string[]; target: string | null },
): Task | null {
  const matching = tasks.filter(
    ({ id, kind, subject, state }) =>
      (id === begun || (kind === 'push' && names.includes(subject))) &&
      (state === 'running' || state === 'paused' || subject === target),
  )
  const own = matching.find(({ id }) => id === begun)
  return own ?? matching.sort((a, b) => b.startedAt - a.startedAt)[0] ?? null
}
