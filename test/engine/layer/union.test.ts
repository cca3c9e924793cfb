import { describe, expect, it } from 'vitest'
import { markChanges } from '../../../src/engine/layer/marks'
import { treePage, treeSearch, treeSummary } from '../../../src/engine/layer/tree-pages'
import { union } from '../../../src/engine/layer/union'
import type { FileTree, LayerSource } from '../../../src/engine/layer/types'
import { directory, hardlink, indexOfSources, opaque, source, symlink, whiteout } from './tars'

const stack = (...layers: LayerSource[][]) => layers.map(indexOfSources)

function list(tree: FileTree): string[] {
  return Array.from({ length: tree.count - 1 }, (_, at) => tree.path(at + 1)).sort()
}

function marks(tree: FileTree): Record<string, string | null> {
  return Object.fromEntries(
    Array.from({ length: tree.count - 1 }, (_, at) => [tree.path(at + 1), tree.change(at + 1)]),
  )
}

const base = [
  directory('d', { mode: 0o750 }),
  source('d/a', { content: 'a' }),
  source('d/b', { content: 'bb' }),
  directory('d/sub'),
  source('d/sub/x', { content: 'xxx' }),
  source('file', { content: 'ffff' }),
  symlink('link', 'd'),
]

describe('layers on top of each other', () => {
  it('adds, replaces and deletes', () => {
    const tree = union(
      stack(
        base,
        [source('d/a', { content: 'new a' }), whiteout('d/b'), whiteout('none')],
        [source('e/f', { content: '1' }), whiteout('file')],
      ),
    )
    expect(list(tree)).toEqual(['d', 'd/a', 'd/sub', 'd/sub/x', 'e', 'e/f', 'link'])
    expect(tree.totals).toMatchObject({ entries: 7, bytes: 5 + 3 + 1 })
    expect(tree.source(tree.find('d/a')).layer).toBe(1)
    // The directory is only implied by the second layer: the first one's mode holds.
    expect(tree.entry(tree.find('d')).mode).toBe(0o750)
    expect(tree.bytes(tree.find('d'))).toBe(8)
  })

  it('hides a directory behind an opaque one, a whiteout and new files, a file', () => {
    const hidden = (upper: LayerSource[]) => list(union(stack(base, upper)))
    expect(hidden([directory('d'), opaque('d'), source('d/new')])).toEqual([
      'd',
      'd/new',
      'file',
      'link',
    ])
    expect(hidden([opaque('d')])).toEqual(['d', 'file', 'link'])
    expect(hidden([whiteout('d'), directory('d'), source('d/new')])).toEqual([
      'd',
      'd/new',
      'file',
      'link',
    ])
    expect(hidden([whiteout('d'), source('d/sub/y')])).toEqual([
      'd',
      'd/sub',
      'd/sub/y',
      'file',
      'link',
    ])
    expect(hidden([source('d')])).toEqual(['d', 'file', 'link'])
    expect(hidden([opaque('')])).toEqual([])
  })

  it('turns a file into a directory and back, and a link into a directory', () => {
    const layers = stack(base, [directory('file'), source('file/in')], [source('file')])
    expect(list(union(layers.slice(0, 2)))).toContain('file/in')
    expect(list(union(layers))).not.toContain('file/in')
    // Within one layer, too, a file takes away all that the directory of its name had.
    expect(list(union(stack(base, [source('d'), directory('d')])))).toEqual(['d', 'file', 'link'])
    const tree = union(stack(base, [source('link/x')]))
    expect(tree.type(tree.find('link'))).toBe('directory')
    expect(list(tree).filter((path) => path.startsWith('link'))).toEqual(['link', 'link/x'])
  })

  it('follows hard links into lower layers as they were', () => {
    const layers = stack(
      base,
      [hardlink('hard', 'd/a'), whiteout('d/a')],
      [source('d/a', { content: 'other' }), hardlink('again', 'hard'), hardlink('lost', 'nothing')],
    )
    const tree = union(layers)
    for (const path of ['hard', 'again']) {
      const content = tree.content(tree.find(path))
      expect(content).toMatchObject({ layer: 0, entry: { path, size: 1 } })
    }
    expect(tree.content(tree.find('lost'))).toBeNull()
    expect(tree.content(tree.find('d/a'))).toMatchObject({ layer: 2 })
  })

  it('shows a hard link to what is no file in a lower layer as one more of it', () => {
    const tree = union(
      stack(
        [...base, source('pipe', { type: 'fifo', mode: 0o620 }), symlink('way', '/d/sub')],
        [hardlink('l', 'link'), hardlink('p', 'pipe'), hardlink('x', 'way/x'), hardlink('y', 'd')],
        [whiteout('link'), hardlink('again', 'l')],
      ),
    )
    const entry = (path: string) => tree.entry(tree.find(path))
    for (const path of ['l', 'again']) {
      expect(entry(path)).toMatchObject({ path, type: 'symlink', linkname: 'd' })
      expect(tree.type(tree.find(path))).toBe('symlink')
      expect(tree.content(tree.find(path))).toBeNull()
    }
    expect(entry('p')).toMatchObject({ type: 'fifo', mode: 0o620 })
    expect(entry('x')).toMatchObject({ type: 'hardlink', linkname: 'way/x' })
    expect(tree.content(tree.find('x'))).toMatchObject({ layer: 0, entry: { path: 'x', size: 3 } })
    expect(tree.content(tree.find('y'))).toBeNull()
  })
})

describe('marks', () => {
  it('says what a layer does to those below it', () => {
    const layers = stack(base, [
      directory('d', { mode: 0o750 }),
      source('d/a', { content: 'changed' }),
      whiteout('d/b'),
      whiteout('unknown'),
      source('d/c'),
      directory('d/sub', { mode: 0o700 }),
      source('new/deep/file'),
    ])
    const tree = markChanges(layers)
    expect(marks(tree)).toEqual({
      d: null,
      'd/a': 'changed',
      'd/b': 'deleted',
      'd/c': 'added',
      'd/sub': 'changed',
      new: 'added',
      'new/deep': 'added',
      'new/deep/file': 'added',
    })
    expect(treeSummary(tree, 'T')).toEqual({
      tree: 'T',
      entries: 8,
      bytes: 7,
      added: 4,
      changed: 2,
      deleted: 1,
    })
    expect(treePage(tree, 'd', 1, 2)).toMatchObject({
      total: 4,
      nodes: [
        { path: 'd/b', change: 'deleted', size: null, mode: null, type: 'file' },
        { path: 'd/c', change: 'added', size: 0, mode: 0o644 },
      ],
    })
  })

  it('names what an opaque directory loses', () => {
    const layers = stack(base, [directory('d'), opaque('d'), source('d/b'), source('d/z')])
    expect(marks(markChanges(layers))).toEqual({
      d: 'changed',
      'd/a': 'deleted',
      'd/b': 'changed',
      'd/sub': 'deleted',
      'd/z': 'added',
    })
  })

  it('calls everything in the base added', () => {
    const tree = markChanges(stack(base))
    expect(new Set(Object.values(marks(tree)))).toEqual(new Set(['added']))
    expect(tree.totals.added).toBe(7)
  })
})

describe('pages', () => {
  const tree = union(stack([...base, source('a\udcff/\udcfe.TXT', { content: 'q' })]))

  it('finds by name, by path and by glob', () => {
    const found = (query: string) => treeSearch(tree, query, 10).nodes.map((node) => node.path)
    expect(found('SUB')).toEqual(['d/sub'])
    expect(found('d/su')).toEqual(['d/sub', 'd/sub/x'])
    expect(found('?')).toEqual(['d', 'd/a', 'd/b', 'd/sub/x'])
    expect(found('f*e')).toEqual(['file'])
    expect(found('d/*x')).toEqual(['d/sub/x'])
    expect(treeSearch(tree, '?', 1)).toMatchObject({ total: 4, nodes: [{ path: 'd' }] })
  })

  it('gives paths that come back, also of names that are no text', () => {
    const [node] = treePage(tree, '', 0, 10).nodes
    expect(node?.name).toBe('a\ufffd')
    expect(encodeURIComponent(node?.path ?? '')).not.toBe('')
    expect(treePage(tree, node?.path ?? '', 0, 10).nodes[0]).toMatchObject({ size: 1 })
  })

  it('has empty pages behind the end and for what is no directory', () => {
    expect(treePage(tree, '', 100, 10).nodes).toEqual([])
    expect(treePage(tree, 'file', 0, 10)).toEqual({ nodes: [], total: 0 })
    expect(treePage(tree, 'nothing', 0, 10)).toEqual({ nodes: [], total: 0 })
  })
})
