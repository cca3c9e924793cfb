import type { TreeNode } from '@shared/models'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { PAGE_SIZE, TreeModel } from '@/lib/tree-model'

/** A tree as main would serve it: folders by path, each with its children. */
type Folders = Record<string, string[]>

function serve(folders: Folders) {
  return vi.fn(async (path: string, offset: number, limit: number) => {
    const names = folders[path] ?? []
    return {
      total: names.length,
      nodes: names.slice(offset, offset + limit).map((name) => node(folders, path, name)),
    }
  })
}

function node(folders: Folders, parent: string, name: string): TreeNode {
  const path = parent ? `${parent}/${name}` : name
  return {
    name,
    path,
    type: folders[path] ? 'directory' : 'file',
    change: null,
    size: 0,
    children: folders[path]?.length ?? 0,
    mode: null,
    uid: null,
    gid: null,
    mtime: null,
    linkTarget: null,
  }
}

function open(folders: Folders) {
  const fetchPage = serve(folders)
  const fail = vi.fn()
  const model = new TreeModel(fetchPage, () => undefined, fail)
  const paths = () =>
    Array.from({ length: model.count }, (_, index) => model.rowAt(index)?.node?.path ?? '…')
  return { model, fetchPage, fail, paths }
}

const SMALL: Folders = {
  '': ['bin', 'etc', 'var'],
  bin: ['sh'],
  etc: ['apt', 'passwd'],
  'etc/apt': ['sources.list'],
}

describe('TreeModel', () => {
  it('opens and closes folders in place', async () => {
    const { model, paths } = open(SMALL)
    await model.start()
    expect(paths()).toEqual(['bin', 'etc', 'var'])
    await model.expand(1)
    await model.expand(2)
    await model.expand(0)
    expect(paths()).toEqual([
      'bin',
      'bin/sh',
      'etc',
      'etc/apt',
      'etc/apt/sources.list',
      'etc/passwd',
      'var',
    ])
    expect(model.rowAt(4)).toMatchObject({ depth: 2, place: 0, siblings: 1 })
    expect(model.parentOf(4)).toBe(3)
    expect(model.parentOf(3)).toBe(2)
    expect(model.parentOf(2)).toBe(-1)
    model.collapse(2)
    expect(paths()).toEqual(['bin', 'bin/sh', 'etc', 'var'])
  })

  it('shows a folder with its first page, or without it where that takes long', async () => {
    vi.useFakeTimers()
    const { model, paths, fetchPage } = open(SMALL)
    await model.start()
    let send = (): void => undefined
    const sent = new Promise<void>((resolve) => (send = resolve))
    const real = serve(SMALL)
    fetchPage.mockImplementation(async (...page) => {
      await sent
      return real(...page)
    })
    const expanding = model.expand(1)
    await vi.advanceTimersByTimeAsync(20)
    expect(paths()).toEqual(['bin', 'etc', 'var'])
    await vi.advanceTimersByTimeAsync(100)
    expect(paths()).toEqual(['bin', 'etc', '…', '…', 'var'])
    send()
    await expanding
    expect(paths()).toEqual(['bin', 'etc', 'etc/apt', 'etc/passwd', 'var'])
    vi.useRealTimers()
  })

  it('remembers what was open inside a closed folder, and asks only once', async () => {
    const { model, paths, fetchPage } = open(SMALL)
    await model.start()
    await model.expand(1)
    await model.expand(2)
    model.collapse(1)
    await model.expand(1)
    expect(paths()).toContain('etc/apt/sources.list')
    expect(fetchPage).toHaveBeenCalledTimes(3)
  })

  it('opens a small tree by itself, within its budget', async () => {
    const { model, paths } = open(SMALL)
    await model.start()
    await model.expandSmall(6)
    expect(paths()).toEqual(['bin', 'bin/sh', 'etc', 'etc/apt', 'etc/passwd', 'var'])
  })

  it('holds a folder of 1,000,000 files by the pages that were seen', async () => {
    const fetchPage = vi.fn(async (path: string, offset: number, limit: number) => ({
      total: path === '' ? 1 : 1_000_000,
      nodes:
        path === ''
          ? [{ ...node({}, '', 'huge'), type: 'directory' as const, children: 1_000_000 }]
          : Array.from({ length: limit }, (_, i) => node({}, path, `f${offset + i}`)),
    }))
    const model = new TreeModel(
      fetchPage,
      () => undefined,
      () => undefined,
    )
    await model.start()
    await model.expand(0)
    expect(model.count).toBe(1_000_001)
    model.ensure(900_000, 900_040)
    expect(model.rowAt(900_000)?.node).toBeNull()
    await vi.waitFor(() => expect(model.rowAt(900_000)?.node?.name).toBe('f899999'))
    expect(fetchPage.mock.calls.map(([, offset]) => offset)).toEqual([0, 0, 899_800, 900_000])
    expect(PAGE_SIZE).toBe(200)
  })

  it('tells when a page does not come, and asks again later', async () => {
    const { model, fetchPage, fail } = open(SMALL)
    fetchPage.mockRejectedValueOnce(new Error('gone'))
    await model.start()
    expect(fail).toHaveBeenCalledOnce()
    await model.start()
    expect(model.count).toBe(3)
  })

  it('numbers rows as a plain walk of the open folders would', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(40), { maxLength: 40 }), async (steps) => {
        const folders: Folders = { '': ['a', 'b', 'c'] }
        for (const parent of ['a', 'b', 'a/x', 'a/x/x']) folders[parent] = ['x', 'y', 'z']
        const { model, paths } = open(folders)
        await model.start()
        const expanded = new Set<string>()
        const walk = (path: string): string[] =>
          (folders[path] ?? []).flatMap((name) => {
            const child = path ? `${path}/${name}` : name
            return [child, ...(expanded.has(child) ? walk(child) : [])]
          })
        for (const step of steps) {
          const index = step % model.count
          const path = model.rowAt(index)?.node?.path ?? ''
          if (!folders[path]) continue
          if (expanded.delete(path)) model.collapse(index)
          else {
            expanded.add(path)
            await model.expand(index)
          }
          expect(paths()).toEqual(walk(''))
        }
      }),
      { numRuns: 60 },
    )
  })
})
