import { describe, expect, it } from 'vitest'
import { joinLayers } from '../../../src/main/docker/layers'

/** Steps base first, as a Dockerfile reads; Docker's history is newest first. */
function join(steps: [string, number][], layers: number) {
  const history = steps
    .map(([CreatedBy, Size]) => ({ Id: '', Created: 1, CreatedBy, Comment: '', Size }))
    .reverse()
  const diffIds = Array.from({ length: layers }, (_, index) => `sha256:${index}`)
  return joinLayers(history, diffIds)
}
const indexes = (steps: [string, number][], layers: number) =>
  join(steps, layers).map(({ index }) => index)

describe('layers and history', () => {
  it('a step with bytes is a layer, metadata is none', () => {
    const steps: [string, number][] = [
      ['ADD rootfs', 100],
      ['/bin/sh -c #(nop)  ENV A=1', 0],
      ['RUN x', 5],
      ['CMD ["sh"]', 0],
    ]
    expect(indexes(steps, 2)).toEqual([0, null, 1, null])
    expect(join(steps, 2)[2]).toMatchObject({ diffId: 'sha256:1', size: 5, createdAt: 1000 })
  })

  it('an empty layer goes to a step that can change files', () => {
    const steps: [string, number][] = [
      ['ADD rootfs', 100],
      ['/bin/sh -c #(nop)  LABEL a=b', 0],
      ['/bin/sh -c #(nop) WORKDIR /w', 0],
      ['/bin/sh -c true', 0],
      ['EXPOSE map[80/tcp:{}]', 0],
    ]
    expect(indexes(steps, 3)).toEqual([0, null, 1, 2, null])
    expect(indexes(steps, 2)).toEqual([0, null, 1, null, null])
  })

  it('a commit without changes has a layer of no bytes', () => {
    expect(
      indexes(
        [
          ['', 100],
          ['sleep 1000', 0],
        ],
        2,
      ),
    ).toEqual([0, 1])
  })

  it('layers without history are shown', () => {
    expect(join([['x', 10]], 3).map(({ diffId }) => diffId)).toEqual([
      'sha256:0',
      'sha256:1',
      'sha256:2',
    ])
    expect(join([], 0)).toEqual([])
  })

  it('never numbers more layers than there are', () => {
    expect(
      indexes(
        [
          ['a', 1],
          ['b', 2],
          ['c', 3],
        ],
        2,
      ),
    ).toEqual([0, 1, null])
  })
})
