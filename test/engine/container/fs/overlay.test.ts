import { describe, expect, it } from 'vitest'
import { changesOf } from '../../../../src/engine/container/fs/changes'
import { makeEntry } from '../../../../src/engine/layer/make-entry'
import { layerSources } from '../../../../src/engine/container/fs/layer-sources'
import { Overlay } from '../../../../src/engine/container/fs/overlay'
import type { Tree } from '../../../../src/engine/container/fs/tree'

const at = { mtime: 1000, mtimeNsec: 0 }

function file(path: string, size = 1, mtime = 5) {
  return { entry: makeEntry({ path, type: 'file', mode: 0o644, size, mtime }), content: null }
}

function directory(path: string) {
  return { entry: makeEntry({ path, type: 'directory', mode: 0o755 }), content: null }
}

const nothing: Tree = {
  lookup: (path) => (path === '' ? { ...directory(''), identity: null } : null),
  list: () => [],
}

/** /a, /d/one, /d/two, /d/sub/deep */
function base(): Overlay {
  const overlay = new Overlay(nothing)
  overlay.put('a', file('a'), at)
  for (const path of ['d', 'd/sub']) overlay.put(path, directory(path), at)
  for (const path of ['d/one', 'd/two', 'd/sub/deep']) overlay.put(path, file(path), at)
  return overlay
}

function list(overlay: Overlay): string[] {
  const letters = { added: 'A', changed: 'C', deleted: 'D' }
  return changesOf(overlay).map(({ path, change }) => `${letters[change]} ${path}`)
}

function layer(overlay: Overlay): string[] {
  return layerSources(overlay).map(({ entry }) =>
    entry.whiteout ? `${entry.whiteout} ${entry.path}` : `${entry.type} ${entry.path}`,
  )
}

describe('an overlay', () => {
  it('shows the lower tree until something changes', () => {
    const overlay = new Overlay(base())
    expect(overlay.list('')).toEqual(['a', 'd'])
    expect(overlay.list('d')).toEqual(['one', 'sub', 'two'])
    expect(overlay.lookup('d/sub/deep')?.entry.type).toBe('file')
    expect(list(overlay)).toEqual([])
    expect(layer(overlay)).toEqual([])
  })

  it('adds a file deep down: the directories on the way count as changed', () => {
    const overlay = new Overlay(base())
    overlay.put('d/sub/new', file('d/sub/new'), at)
    expect(list(overlay)).toEqual(['C d', 'C d/sub', 'A d/sub/new'])
    expect(layer(overlay)).toEqual(['directory d', 'directory d/sub', 'file d/sub/new'])
    expect(overlay.lookup('d/sub')?.entry.mtime).toBe(1000)
  })

  it('takes a file that was written again just as it was for no change, but keeps it', () => {
    const overlay = new Overlay(base())
    overlay.put('a', file('a'), at)
    expect(list(overlay)).toEqual([])
    expect(layer(overlay)).toEqual(['file a'])
    overlay.put('a', file('a', 2), at)
    expect(list(overlay)).toEqual(['C a'])
  })

  it('hides what was removed, whole directories as one', () => {
    const overlay = new Overlay(base())
    overlay.remove('d', at)
    overlay.remove('a', at)
    expect(overlay.list('')).toEqual([])
    expect(overlay.lookup('d/one')).toBeNull()
    expect(list(overlay)).toEqual(['D a', 'D d'])
    expect(layer(overlay)).toEqual(['file a', 'file d'])
  })

  it('forgets what came and went', () => {
    const overlay = new Overlay(base())
    overlay.put('x', file('x'), at)
    overlay.remove('x', at)
    expect(list(overlay)).toEqual([])
    expect(layer(overlay)).toEqual([])
  })

  it('makes a directory again without its old children', () => {
    const overlay = new Overlay(base())
    overlay.remove('d', at)
    overlay.put('d', directory('d'), at)
    overlay.put('d/one', file('d/one', 9), at)
    expect(overlay.list('d')).toEqual(['one'])
    expect(list(overlay)).toEqual(['C d', 'C d/one', 'D d/sub', 'D d/two'])
    expect(layer(overlay)).toEqual(['opaque d', 'directory d', 'file d/one'])
  })

  it('turns a file into a directory and a directory into a file', () => {
    const overlay = new Overlay(base())
    overlay.remove('a', at)
    overlay.put('a', directory('a'), at)
    overlay.put('a/x', file('a/x'), at)
    overlay.remove('d', at)
    overlay.put('d', file('d'), at)
    expect(overlay.list('d')).toEqual([])
    expect(overlay.lookup('d/one')).toBeNull()
    expect(list(overlay)).toEqual(['C a', 'A a/x', 'C d'])
    expect(layer(overlay)).toEqual(['directory a', 'file a/x', 'file d'])
  })

  it('gives one file two names, and brings a lower one up for it', () => {
    const overlay = new Overlay(base())
    overlay.link('b', 'a', at)
    overlay.put('n', file('n'), at)
    overlay.link('m', 'n', at)
    expect(overlay.lookup('a')?.identity).toBe(overlay.lookup('b')?.identity)
    expect(layer(overlay)).toEqual(['file a', 'hardlink b', 'file m', 'hardlink n'])
    overlay.remove('a', at)
    expect(overlay.lookup('b')?.entry.size).toBe(1)
    expect(layer(overlay)).toEqual(['file a', 'file b', 'file m', 'hardlink n'])
  })
})
