import { describe, expect, it } from 'vitest'
import type { Change } from '@shared/models'
import { makeEntry } from '../../../src/engine/layer/make-entry'
import type { LayerEntry } from '../../../src/engine/layer/types'
import { ChangeTree, type PathChange } from '../../../src/engine/lamina-api/trees/change-tree'

const entry = (path: string, more: Partial<LayerEntry> = {}) =>
  makeEntry({ path, type: 'file', mode: 0o644, mtime: 1_700_000_000, ...more })

function change(path: string, kind: Change, more?: Partial<LayerEntry>): PathChange {
  return { path, change: kind, entry: kind === 'deleted' ? null : entry(path, more) }
}

const tree = new ChangeTree([
  change('etc', 'changed', { type: 'directory', mode: 0o755 }),
  change('etc/hosts', 'changed', { size: 100 }),
  change('etc/old.conf', 'deleted'),
  change('usr/bin/vi', 'added', { type: 'symlink', linkname: 'vim.tiny' }),
  change('usr/bin/vim.tiny', 'added', { size: 1_500_000, mode: 0o4755, uid: 7 }),
  change('usr/share/gone', 'deleted'),
  { path: 'lost', change: 'added', entry: null },
])

describe('ChangeTree', () => {
  it('counts', () => {
    expect(tree.summary()).toEqual({
      entries: 7,
      bytes: 1_500_100,
      added: 3,
      changed: 2,
      deleted: 2,
    })
  })

  it('lists directories first, with sums, and those that are only on the way unmarked', () => {
    const { nodes, total } = tree.children('', 0, 100)
    expect(total).toBe(3)
    expect(nodes.map(({ name, type, change, size }) => [name, type, change, size])).toEqual([
      ['etc', 'directory', 'changed', 100],
      ['usr', 'directory', null, 1_500_000],
      ['lost', 'file', 'added', null],
    ])
    expect(tree.children('etc', 0, 100).nodes[1]).toMatchObject({
      path: 'etc/old.conf',
      change: 'deleted',
      size: null,
      mode: null,
    })
    expect(tree.children('usr/bin', 0, 100).nodes).toMatchObject([
      { name: 'vi', type: 'symlink', linkTarget: 'vim.tiny' },
      { name: 'vim.tiny', mode: 0o4755, uid: 7, mtime: 1_700_000_000_000 },
    ])
  })

  it('gives pages', () => {
    expect(tree.children('', 1, 1).nodes.map(({ name }) => name)).toEqual(['usr'])
    expect(tree.children('', 3, 5).nodes).toEqual([])
    expect(() => tree.children('nowhere', 0, 5)).toThrow(/does not exist/)
  })

  it('finds by a part of the path and by a glob', () => {
    expect(tree.search('VI', 10).nodes.map(({ path }) => path)).toEqual([
      'usr/bin/vi',
      'usr/bin/vim.tiny',
    ])
    expect(tree.search('*.conf', 10).nodes.map(({ path }) => path)).toEqual(['etc/old.conf'])
    expect(tree.search('usr/', 2)).toMatchObject({ total: 5 })
    expect(tree.search('usr/', 2).nodes).toHaveLength(2)
  })

  it('takes a hundred thousand changes in its stride', () => {
    const many = Array.from({ length: 100_000 }, (_, n) =>
      change(`var/lib/d${n % 300}/f${n}`, 'added', { size: 1 }),
    )
    const started = performance.now()
    const big = new ChangeTree(many)
    expect(big.children('var', 0, 10).nodes[0]?.size).toBe(100_000)
    expect(big.search('f99999', 10).total).toBe(1)
    expect(performance.now() - started).toBeLessThan(20_000)
  })
})
