import { appendFile, lstat, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { makeEntry } from '../../../../src/engine/layer/make-entry'
import { HostMetadata } from '../../../../src/engine/container/fs/host-metadata'
import { HostTree } from '../../../../src/engine/container/fs/host-tree'
import { tempDir } from '../../../support/temp'

let root: string
let file: string

beforeEach(async () => {
  const dir = await tempDir('host')
  onTestFinished(() => dir.remove())
  root = join(dir.path, '_data')
  file = join(dir.path, 'metadata')
  await mkdir(root)
})

const tree = () => new HostTree(root, new HostMetadata(file))

it('writes files, links and directories, and shows them again', async () => {
  const files = tree()
  await files.put(makeEntry({ path: 'd', type: 'directory', mode: 0o750, mtime: 5 }), null)
  const content = Buffer.from('hello')
  const entry = { path: 'd/f', type: 'file', mode: 0o604, size: 5, stored: 5, mtime: 7 } as const
  await files.put(makeEntry(entry), content)
  await files.put(
    makeEntry({ path: 'd/l', type: 'symlink', mode: 0o777, linkname: '../else' }),
    null,
  )
  await files.link('d/g', 'd/f')
  expect(await files.list('d')).toEqual(['f', 'g', 'l'])
  expect((await files.lookup('d/f'))?.entry).toMatchObject({ mode: 0o604, size: 5, mtime: 7 })
  expect((await files.lookup('d/l'))?.entry.linkname).toBe('../else')
  const [f, g] = await Promise.all(['d/f', 'd/g'].map((path) => files.lookup(path)))
  expect(f?.identity).toBe(g?.identity)
  expect(await readFile(join(root, 'd/g'), 'utf8')).toBe('hello')
})

it('neither reads nor writes through a link', async () => {
  const outside = await tempDir('outside')
  onTestFinished(() => outside.remove())
  await writeFile(join(outside.path, 'secret'), 'x')
  await symlink(outside.path, join(root, 'way'))
  const files = tree()
  expect((await files.lookup('way'))?.entry.type).toBe('symlink')
  expect(await files.lookup('way/secret')).toBeNull()
  expect(await files.list('way')).toEqual([])
})

it('puts the bytes of a sparse file where they belong', async () => {
  const sparse = [
    { offset: 0, length: 2 },
    { offset: 4096, length: 3 },
  ]
  const values = { path: 's', type: 'file', mode: 0o644, size: 8192, stored: 5, sparse } as const
  await tree().put(makeEntry(values), Buffer.from('abcde'))
  const bytes = await readFile(join(root, 's'))
  expect(bytes.length).toBe(8192)
  expect([bytes.toString('latin1', 0, 3), bytes.toString('latin1', 4096, 4100)]).toEqual([
    'ab\0',
    'cde\0',
  ])
})

it('keeps extended attributes beside the folder, for every name of a file', async () => {
  const xattrs = new Map([['user.note', Buffer.from([0, 0x3d, 0xff])]])
  await tree().put(makeEntry({ path: 'f', type: 'file', mode: 0o640, xattrs }), null)
  await tree().link('g', 'f')
  for (const path of ['f', 'g']) {
    expect((await tree().lookup(path))?.entry).toMatchObject({ mode: 0o640, xattrs })
  }
  await tree().put(makeEntry({ path: 'f', type: 'file', mode: 0o640 }), null)
  expect((await tree().lookup('f'))?.entry.xattrs).toBeNull()
})

describe('as a user who is not root', () => {
  beforeEach(() => {
    const getuid = vi.spyOn(process as { getuid: () => number }, 'getuid').mockReturnValue(1000)
    onTestFinished(() => getuid.mockRestore())
  })

  it('keeps beside the folder what files cannot hold', async () => {
    const files = tree()
    await files.put(makeEntry({ path: 'locked', type: 'file', mode: 0o000, uid: 7 }), null)
    await files.put(
      makeEntry({ path: 'dev', type: 'char', mode: 0o620, devMajor: 5, devMinor: 1 }),
      null,
    )
    expect((await lstat(join(root, 'locked'))).mode & 0o777).toBe(0o600)
    await appendFile(file, '\n{"path":"locked","ty')
    const again = tree()
    expect((await again.lookup('locked'))?.entry).toMatchObject({ mode: 0, uid: 7, type: 'file' })
    expect((await again.lookup('dev'))?.entry).toMatchObject({
      type: 'char',
      devMajor: 5,
      devMinor: 1,
    })
    await again.remove('dev')
    expect(await tree().lookup('dev')).toBeNull()
    await again.put(makeEntry({ path: 'dev', type: 'file', mode: 0o644 }), null)
    expect((await tree().lookup('dev'))?.entry.type).toBe('file')
  })
})
