import type { ContainerState, RemovePreview } from '@shared/models'

type Item = RemovePreview['items'][number]

const BUSY: readonly ContainerState[] = ['running', 'paused', 'restarting', 'removing']

/** Whether only stopped containers stand in the way, which force overrides. */
function forcible({ blockers }: Item): boolean {
  return blockers.length > 0 && blockers.every(({ state }) => !BUSY.includes(state))
}

export function blockedByRunning({ blockers }: Item): boolean {
  return blockers.some(({ state }) => BUSY.includes(state))
}

/** Whether force would let more go. */
export function canForce(preview: RemovePreview): boolean {
  return preview.items.some(forcible)
}

/** The references that can go now. */
export function removable(preview: RemovePreview, force: boolean): string[] {
  return preview.items
    .filter((item) => item.blockers.length === 0 || (force && forcible(item)))
    .map(({ reference }) => reference)
}
