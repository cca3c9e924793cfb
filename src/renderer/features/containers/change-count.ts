import type { TreeSummary } from '@shared/models'

/** Files and folders that were added, changed or deleted (a folder on the way to one is not). */
export function changeCount({ added, changed, deleted }: TreeSummary): number {
  return added + changed + deleted
}
