import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeEntry } from '../../../src/engine/layer/make-entry'
import { TarScanner } from '../../../src/engine/layer/tar-scanner'
import { packTar } from '../../../src/engine/layer/tar-writer'
import type { LayerEntry, LayerSource } from '../../../src/engine/layer/types'
import { startLocalEngine, type LocalEngine } from '../support'

let local: LocalEngine

beforeAll(async () => {
  local = await startLocalEngine()
  const sources: LayerSource[] = [
    { entry: makeEntry({ path: 'd', type: 'directory', mode: 0o755 }), content: null },
    {
      entry: makeEntry({ path: 'd/one', type: 'file', mode: 0o644, size: 3, stored: 3 }),
      content: Buffer.from('one'),
    },
    {
      entry: makeEntry({ path: 'd/two', type: 'hardlink', mode: 0o644, linkname: 'd/one' }),
      content: null,
    },
    {
      entry: makeEntry({ path: 'd/empty', type: 'file', mode: 0o600, uid: 70_000 }),
      content: null,
    },
  ]
  const parts: Buffer[] = []
  for await (const part of packTar(sources)) parts.push(part)
  await local.call('POST', '/images/create?fromSrc=-&repo=base&tag=1', Buffer.concat(parts))
  await local.call('POST', '/containers/create?name=box', { Image: 'base:1', Cmd: ['sh'] })
})

afterAll(() => local.stop())

function entriesOf(tar: Buffer): LayerEntry[] {
  const entries: LayerEntry[] = []
  const scanner = new TarScanner({ entry: (entry) => void entries.push(entry) })
  scanner.write(tar)
  scanner.end()
  return entries
}

it('keeps hard links of the image, and what the init layer adds', async () => {
  const entries = entriesOf((await local.call('GET', '/containers/box/export')).body)
  const shown = entries.map(({ path, type, linkname }) => `${type} ${path} ${linkname}`.trim())
  expect(shown).toEqual(
    expect.arrayContaining([
      'directory d',
      'file d/empty',
      'file d/one',
      'hardlink d/two d/one',
      'file .dockerenv',
      'symlink etc/mtab /proc/mounts',
    ]),
  )
  expect(entries.find(({ path }) => path === 'd/empty')?.uid).toBe(70_000)
})

it('copies a directory out with its hard links, under its own name', async () => {
  const entries = entriesOf((await local.call('GET', '/containers/box/archive?path=/d')).body)
  expect(entries.map(({ path, type }) => `${type} ${path}`)).toEqual([
    'directory d',
    'file d/empty',
    'file d/one',
    'hardlink d/two',
  ])
})
