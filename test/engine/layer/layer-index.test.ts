import { describe, expect, it } from 'vitest'
import { LayerIndexBuilder } from '../../../src/engine/layer/index-builder'
import { PackedIndex } from '../../../src/engine/layer/layer-index'
import type { FileTree, LayerIndex } from '../../../src/engine/layer/types'
import {
  directory,
  hardlink,
  indexOf,
  indexOfSources,
  opaque,
  source,
  symlink,
  tarOf,
  whiteout,
} from './tars'

/** `path type` of every node, whiteouts with a dash. */
function list(tree: FileTree): string[] {
  return Array.from({ length: tree.count - 1 }, (_, at) => {
    const entry = tree.entry(at + 1)
    return `${entry.path} ${entry.whiteout ? '-' : entry.type}`
  }).sort()
}

const at = (index: LayerIndex, path: string) => index.entry(index.find(path))

describe('the index of a layer', () => {
  it('has the entries, sorted, with the folders that they imply', () => {
    const index = indexOfSources([
      source('b/z', { content: '12345' }),
      source('b/a', { content: '123' }),
      directory('a', { mode: 0o700, uid: 7 }),
      source('b/é', {}),
      source('b/B', {}),
    ])
    const children = Array.from({ length: index.childCount(2) }, (_, child) =>
      index.name(index.firstChild(2) + child),
    )
    expect(children).toEqual(['B', 'a', 'z', 'é'])
    expect(index.totals).toMatchObject({ entries: 6, bytes: 8 })
    expect(index.bytes(index.find('b'))).toBe(8)
    expect(index.isImplied(index.find('b'))).toBe(true)
    expect(index.isImplied(index.find('a'))).toBe(false)
    expect(at(index, 'a')).toMatchObject({ mode: 0o700, uid: 7 })
    expect(index.find('b/c')).toBe(-1)
    expect(index.find('b/a/x')).toBe(-1)
    expect(index.path(index.find('b/é'))).toBe('b/é')
  })

  it('lets a later entry replace an earlier one', () => {
    const index = indexOfSources([
      directory('d', { mode: 0o700 }),
      source('d/kept', { content: 'x' }),
      directory('d', { mode: 0o711 }),
      source('file', { content: 'old' }),
      source('file', { content: 'newer' }),
      directory('gone'),
      source('gone/child', { content: 'zzz' }),
      source('gone', { content: '1' }),
      source('was-file'),
      source('was-file/child'),
    ])
    expect(list(index)).toEqual([
      'd directory',
      'd/kept file',
      'file file',
      'gone file',
      'was-file directory',
      'was-file/child file',
    ])
    expect(at(index, 'd').mode).toBe(0o711)
    expect(index.totals.bytes).toBe(1 + 5 + 1)
  })

  it('knows what hard links share, whatever becomes of their target', () => {
    const index = indexOfSources([
      source('a', { content: 'first', offset: 512 }),
      hardlink('b', 'a'),
      hardlink('c', 'b'),
      source('a', { content: 'second!', offset: 2048 }),
      symlink('s', 'a'),
      hardlink('t', 's'),
      hardlink('nowhere', 'x/y'),
    ])
    expect(at(index, 'c')).toMatchObject({ type: 'hardlink', linkname: 'b', size: 0 })
    for (const path of ['b', 'c']) {
      expect(index.content(index.find(path))?.entry).toMatchObject({
        type: 'file',
        offset: 512,
        size: 5,
      })
    }
    expect(index.content(index.find('a'))?.entry.offset).toBe(2048)
    expect(at(index, 't')).toMatchObject({ type: 'symlink', linkname: 'a' })
    expect(index.content(index.find('nowhere'))).toBeNull()
    expect(index.totals.bytes).toBe(7)
  })

  it('follows symlinks on the way, inside the root only', () => {
    const index = indexOfSources([
      directory('real'),
      symlink('abs', '/real'),
      symlink('up', '../../../real'),
      source('abs/one'),
      source('up/two'),
      symlink('dangling', 'made/here'),
      source('dangling/three'),
      symlink('chain', 'abs'),
      source('chain/four'),
      hardlink('five', 'chain/one'),
    ])
    expect(list(index)).toEqual(
      [
        'abs symlink',
        'chain symlink',
        'dangling symlink',
        'five hardlink',
        'made directory',
        'made/here directory',
        'made/here/three file',
        'real directory',
        'real/four file',
        'real/one file',
        'real/two file',
        'up symlink',
      ].sort(),
    )
    expect(index.content(index.find('five'))).not.toBeNull()
    expect(() => indexOfSources([symlink('a', 'b'), symlink('b', 'a'), source('a/x')])).toThrow(
      expect.objectContaining({ code: 'archive_corrupted' }),
    )
  })

  it('keeps whiteouts apart from entries', async () => {
    const index = indexOf(
      await tarOf([
        whiteout('gone'),
        whiteout('d'),
        directory('d'),
        source('d/new'),
        directory('o'),
        opaque('o'),
        source('.wh..wh.plnk/7'),
        whiteout('e'),
        source('e/f'),
      ]),
    )
    expect(list(index)).toEqual([
      'd directory',
      'd/new file',
      'e directory',
      'e/f file',
      'gone -',
      'o directory',
    ])
    expect(index.hidesPath(index.find('gone'))).toBe(true)
    expect(index.hidesPath(index.find('d'))).toBe(true)
    expect(index.hidesPath(index.find('e'))).toBe(true)
    expect(index.isOpaque(index.find('o'))).toBe(true)
    expect(index.hidesPath(index.find('o'))).toBe(false)
    expect(index.totals.entries).toBe(5)
    await expect(tarOf([source('.wh.')]).then(indexOf)).rejects.toMatchObject({
      code: 'archive_corrupted',
    })
  })

  it('comes back from its file, and a damaged file does not', async () => {
    const index = indexOf(
      await tarOf([
        source('a\udcff', { content: 'x', xattrs: new Map([['user.k', Buffer.from([0, 255])]]) }),
        symlink('l', '目标'),
        source('dev', { type: 'char', devMajor: 5, devMinor: 1 }),
        source('s', { content: 'ab', size: 99, sparse: [{ offset: 7, length: 2 }] }),
        hardlink('h', 's'),
      ]),
    )
    const file = index.serialize()
    const again = PackedIndex.read(Buffer.from(file)) as PackedIndex
    for (let node = 0; node < index.count; node++) {
      expect(again.entry(node)).toEqual(index.entry(node))
      expect(again.content(node)).toEqual(index.content(node))
    }
    expect(again.totals).toEqual(index.totals)
    expect(at(again, 'a\udcff').xattrs).toEqual(new Map([['user.k', Buffer.from([0, 255])]]))
    expect(again.content(again.find('h'))?.entry).toMatchObject({
      size: 99,
      stored: 2,
      sparse: [{ offset: 7, length: 2 }],
    })
    expect(PackedIndex.read(file.subarray(0, -1))).toBeNull()
    for (const place of [0, 5, 100, file.length - 1]) {
      const damaged = Buffer.from(file)
      damaged[place] = (damaged[place] as number) ^ 1
      expect(PackedIndex.read(damaged)).toBeNull()
    }
  })

  it('takes deep paths', () => {
    const deep = 'd/'.repeat(5000) + 'end'
    const index = indexOfSources([source(deep, { content: 'x' }), source(`${deep}2`)])
    expect(index.path(index.find(deep))).toBe(deep)
    expect(index.totals.entries).toBe(5002)
  })

  it('takes 50,000 entries in a moment', () => {
    const builder = new LayerIndexBuilder()
    const { entry } = source('x', { content: 'abc' })
    for (let number = 0; number < 50_000; number++) {
      builder.add({ ...entry, path: `usr/share/d${number % 2000}/file-${number}` })
    }
    const index = builder.build()
    expect(index.totals).toMatchObject({ entries: 52_002, bytes: 150_000 })
    expect(index.find('usr/share/d7/file-2007')).toBeGreaterThan(0)
  })
})
