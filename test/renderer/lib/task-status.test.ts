import { expect, it } from 'vitest'
import { itemStatus } from '@/lib/task-status'

it.each([
  ['working', 'Downloading', { key: 'tasks.status.downloading' }],
  ['exists', 'Layer already exists', { key: 'tasks.item.exists' }],
  [
    'exists',
    'Mounted from mhk/base',
    { key: 'tasks.status.mounted', params: { from: 'mhk/base' } },
  ],
  ['working', 'Frobnicating', { raw: 'Frobnicating' }],
  ['working', '', { key: 'tasks.item.working' }],
  ['waiting', 'Pulling fs layer', { key: 'tasks.item.waiting' }],
  ['done', 'Pull complete', { key: 'tasks.item.done' }],
  ['failed', 'Pushing', { key: 'tasks.item.failed' }],
] as const)('says of %s, %s', (state, status, said) =>
  expect(itemStatus({ state, status })).toEqual(said),
)
