import { describe, expect, it } from 'vitest'
import { Flights } from '../../../src/engine/lamina-api/trees/flights'
import {
  OpenTrees,
  treeHandle,
  type OpenTree,
} from '../../../src/engine/lamina-api/trees/open-trees'

describe('Flights', () => {
  it('does the work once for all who wait and tells each how far it is', async () => {
    const flights = new Flights<string>()
    let runs = 0
    const work = async (_: AbortSignal, progress: (done: number, total: number | null) => void) => {
      runs++
      await Promise.resolve()
      progress(1, 2)
      return 'done'
    }
    const heard: number[] = []
    const all = await Promise.all(
      [1, 2, 3].map(() => flights.join('k', work, { onProgress: (done) => heard.push(done) })),
    )
    expect(all).toEqual(['done', 'done', 'done'])
    expect(runs).toBe(1)
    expect(heard).toEqual([1, 1, 1])
    await flights.join('k', work, {})
    expect(runs).toBe(2)
  })

  it('goes on while one still waits, and stops when the last one leaves', async () => {
    const flights = new Flights<string>()
    let stopped = false
    const work = (signal: AbortSignal) =>
      new Promise<string>((_, reject) => {
        signal.addEventListener('abort', () => {
          stopped = true
          reject(new Error('stopped'))
        })
      })
    const [a, b] = [new AbortController(), new AbortController()]
    const first = flights.join('k', work, { signal: a.signal })
    const second = flights.join('k', work, { signal: b.signal })
    a.abort()
    await expect(first).rejects.toMatchObject({ code: 'cancelled' })
    expect(stopped).toBe(false)
    b.abort()
    await expect(second).rejects.toMatchObject({ code: 'cancelled' })
    expect(stopped).toBe(true)
  })
})

describe('OpenTrees', () => {
  const tree = (weight: number): OpenTree => ({
    weight,
    summary: () => ({ entries: weight, bytes: 0, added: 0, changed: 0, deleted: 0 }),
    children: () => ({ nodes: [], total: 0 }),
    search: () => ({ nodes: [], total: 0 }),
  })

  it('closes the trees that were not used for longest', () => {
    const trees = new OpenTrees()
    trees.add('a', tree(1_500_000))
    trees.add('b', tree(1_500_000))
    trees.get('a')
    trees.add('c', tree(1_500_000))
    expect(() => trees.get('b')).toThrow(/does not exist/)
    expect(trees.get('a').weight).toBe(1_500_000)
    trees.add('huge', tree(9_000_000))
    expect(trees.get('huge').weight).toBe(9_000_000)
    expect(trees.peek('a')).toBeNull()
  })

  it('gives the same source the same handle', () => {
    expect(treeHandle('layer', 'sha256:a', 'sha256:b')).toBe(
      treeHandle('layer', 'sha256:a', 'sha256:b'),
    )
    expect(treeHandle('layer', 'sha256:a')).not.toBe(treeHandle('image', 'sha256:a'))
  })
})
