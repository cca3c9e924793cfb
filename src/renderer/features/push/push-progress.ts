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

/** The latest push of an image among the tasks: the one begun here, or one to a name that it has. */
export function findPush(
  tasks: readonly Task[],
  begun: string | undefined,
  names: readonly string[],
): Task | null {
  const own = tasks.find((task) => task.id === begun)
  if (own) return own
  const matching = tasks.filter((task) => task.kind === 'push' && names.includes(task.subject))
  return matching.sort((a, b) => b.startedAt - a.startedAt)[0] ?? null
}
