import type { TaskItem, TaskKind } from '@shared/models'
import type { MessageKey } from '@/i18n'

/** Docker's own words for what happens to a layer, and main's for files (see `TaskItem.status`). */
const WORDS = {
  Preparing: 'tasks.status.preparing',
  Waiting: 'tasks.item.waiting',
  Compressing: 'tasks.status.compressing',
  Pushing: 'tasks.status.pushing',
  Pushed: 'tasks.status.pushed',
  'Layer already exists': 'tasks.item.exists',
  'Already exists': 'tasks.item.exists',
  'Pulling fs layer': 'tasks.item.waiting',
  Downloading: 'tasks.status.downloading',
  'Verifying Checksum': 'tasks.status.verifying',
  'Download complete': 'tasks.status.downloaded',
  Extracting: 'tasks.status.extracting',
  'Pull complete': 'tasks.item.done',
  'Loading layer': 'tasks.status.loading',
  Loading: 'tasks.status.loading',
  Saving: 'tasks.status.saving',
  Importing: 'tasks.status.importing',
  Committing: 'tasks.status.committing',
  Copying: 'tasks.status.copying',
  Indexing: 'tasks.status.indexing',
  Checking: 'tasks.status.checking',
  Sending: 'tasks.status.sending',
  Building: 'tasks.status.building',
  'Using cache': 'tasks.status.cached',
  Removing: 'tasks.status.removing',
  Paused: 'tasks.status.paused',
} as const satisfies Record<string, MessageKey>

/** Items that are no names but words of main's, by the kind of their task. */
const THINGS = {
  build: ['context'],
  'clean-up': ['containers', 'images', 'volumes'],
} as const

/** What to show for an item's id: a word of ours, or null where it is a name. */
export function itemTitle(kind: TaskKind, id: string): MessageKey | null {
  const known: readonly string[] = kind in THINGS ? THINGS[kind as keyof typeof THINGS] : []
  return known.includes(id) ? (`tasks.thing.${id}` as MessageKey) : null
}

const MOUNTED = 'Mounted from '

type Said = { key: MessageKey; params?: Record<string, string> } | { raw: string }

/** What to show for an item: a sentence of ours where the word is known, else the word itself. */
export function itemStatus({ state, status }: Pick<TaskItem, 'state' | 'status'>): Said {
  if (state === 'failed') return { key: 'tasks.item.failed' }
  if (status.startsWith(MOUNTED)) {
    return { key: 'tasks.status.mounted', params: { from: status.slice(MOUNTED.length) } }
  }
  if (status in WORDS && state !== 'done') return { key: WORDS[status as keyof typeof WORDS] }
  if (state === 'working' && status !== '') return { raw: status }
  return { key: `tasks.item.${state}` }
}
