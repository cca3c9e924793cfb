/**
 * A trace of the engine's system calls (strace) while it loads, commits, tags, builds, pulls, pushes
 * and makes volumes and containers: each blob, record and reference is synced, renamed, and its
 * folder synced, in this order. kill -9 does not show a sync that is missing; only this does.
 */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startService, type Service } from '../../support/child'
import { run } from '../../support/run'
import { tempDir, waitFor, type TempDir } from '../../support/temp'
import { operations } from './operations'
import { parseTrace, publications, TRACED, type Publication } from './trace'
import { World } from './world'

let world: World
let temp: TempDir
let strace: Service
const trace = (): string => join(temp.path, 'trace')

beforeAll(async () => {
  temp = await tempDir('lamst')
  if ((await run('sh', ['-c', 'command -v strace'])).code !== 0) {
    throw new Error('strace is missing: `npm test` installs it on Debian and Ubuntu')
  }
  world = await World.start(1)
  const args = ['-f', '-y', '-s', '0', '-e', `trace=${TRACED}`, '-o', trace()]
  strace = await startService('strace', [...args, '-p', String(world.engine.pid)])
  await waitFor('strace', () => {
    if (!strace.isRunning()) {
      throw new Error(`a process cannot be traced here (ptrace is needed): ${strace.log()}`)
    }
    return strace.log().includes('attached')
  })
})
afterAll(async () => {
  await strace.stop()
  await world.stop()
  await temp.remove()
})

/** Publications by their first folder in the root. */
function byFolder(all: Publication[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { path } of all) {
    const name = path.slice(world.engine.root.length + 1).split('/')[0] ?? ''
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

it('syncs the file, renames it and syncs the folder, for all that it keeps', async () => {
  for (const name of ['load', 'commit', 'build', 'pull', 'push', 'copy']) {
    const operation = operations.find((one) => one.name === name)
    const started = await operation?.start(world)
    await started?.done
  }
  await world.send('POST', '/images/base:1/tag?repo=tagged&tag=1')
  await world.send('POST', '/volumes/create', Buffer.from('{"Name":"kept"}'))
  await world.send(
    'POST',
    '/containers/create?name=two',
    Buffer.from('{"Image":"base:1","Cmd":["x"]}'),
  )
  await world.send('POST', '/containers/two/rename?name=three')
  // The last calls are in the trace once it has ended.
  await strace.stop()
  const calls = parseTrace(await readFile(trace(), 'utf8'))
  const { root } = world.engine
  // The index of a layer has a checksum and is made again: nobody waits for it.
  const found = publications(calls, root).filter(({ path }) => !path.startsWith(`${root}/index/`))
  expect(found.filter(({ fault }) => fault !== null)).toEqual([])

  const counts = byFolder(found)
  console.log(`traced: ${[...counts].map(([name, count]) => `${name} ${count}`).join(', ')}`)
  const least = { blobs: 20, layers: 10, images: 8, 'references.json': 7 }
  for (const [name, count] of Object.entries({ ...least, containers: 1, volumes: 1 }))
    expect(counts.get(name) ?? 0, name).toBeGreaterThanOrEqual(count)
  // Nothing got into its place in another way. The first image was there before the trace began.
  const published = new Set(found.map(({ path }) => path))
  const there = (await readdir(join(root, 'blobs/sha256'))).map((name) =>
    join(root, 'blobs/sha256', name),
  )
  expect(there.filter((path) => !published.has(path))).toHaveLength(2)

  // What is copied into a container is appended: data, then the journal that makes it count.
  const appended = calls.filter(
    (call) => call.call === 'fsync' && /\/containers\/\w+\/(?:data|journal)$/.test(call.path),
  )
  expect(appended.map((call) => (call.call === 'fsync' ? call.path.split('/').pop() : ''))).toEqual(
    ['data', 'journal', 'data', 'journal'],
  )
})
