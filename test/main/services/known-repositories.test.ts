import { expect, it, onTestFinished } from 'vitest'
import { EventHub } from '../../../src/main/services/event-hub'
import { KnownRepositories } from '../../../src/main/services/known-repositories'
import type { Task } from '../../../src/shared/models'
import { tempDir, waitFor } from '../../support/temp'

async function opened() {
  const dir = await tempDir('lamk')
  onTestFinished(() => dir.remove())
  const events = new EventHub()
  const hosts = ['r:1', 'r:2']
  const open = () => KnownRepositories.open(dir.path, events, () => [...hosts])
  const ended = (kind: Task['kind'], state: Task['state'], reference: string) =>
    events.emit('task.changed', { kind, state, result: { reference } } as Task)
  return { events, hosts, open, ended }
}

it('remembers what was pushed and pulled, and nothing that failed', async () => {
  const { open, ended } = await opened()
  const known = await open()
  ended('push', 'done', 'r:1/team/app:1')
  ended('pull', 'done', 'r:1/team/base:2')
  ended('pull', 'done', 'busybox:latest')
  ended('pull', 'failed', 'r:1/team/other:1')
  ended('save', 'done', 'r:1/team/saved:1')
  await waitFor('all of them', () => known.of('docker.io').length > 0)
  expect(known.of('r:1')).toEqual(['team/app', 'team/base'])
  expect(known.of('docker.io')).toEqual(['library/busybox'])
  await waitFor('the file', async () => (await open()).of('docker.io').length > 0)
  expect((await open()).of('r:1')).toEqual(['team/app', 'team/base'])
})

it('forgets a repository by hand, and all of a registry that leaves the list', async () => {
  const { events, hosts, open } = await opened()
  const known = await open()
  for (const name of ['a/b', 'c/d']) await known.add('r:1', name)
  await known.add('r:2', 'e/f')
  await known.remove('r:1', 'a/b')
  await known.remove('r:1', 'never/there')
  expect(known.of('r:1')).toEqual(['c/d'])
  hosts.shift()
  events.emit('registries.changed', {})
  await waitFor('it to be forgotten', () => known.of('r:1').length === 0)
  expect(known.of('r:2')).toEqual(['e/f'])
})
