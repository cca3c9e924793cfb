import type { ImageLayer, RemovePreview } from '@shared/models'
import { describe, expect, it } from 'vitest'
import { archiveName, imageRows, splitTag } from '@/features/images/image-rows'
import { layerRows, readableCommand } from '@/features/images/layer-rows'
import { canForce, removable } from '@/features/images/removal'
import { image } from '../../support/fake-main'

describe('rows of the list', () => {
  it('has a row for each tag, and <none> for an image without', () => {
    const id = `sha256:${'b'.repeat(64)}`
    const rows = imageRows([
      image({ repoTags: ['a:1', '127.0.0.1:5000/a:2'] }),
      image({ id, repoTags: [] }),
      image({ id, repoTags: [], repoDigests: ['r:5000/x@sha256:1'] }),
    ])
    expect(rows.map(({ repository, tag, reference }) => [repository, tag, reference])).toEqual([
      ['a', '1', 'a:1'],
      ['127.0.0.1:5000/a', '2', '127.0.0.1:5000/a:2'],
      ['<none>', '<none>', id],
      ['r:5000/x', '<none>', id],
    ])
  })

  it('finds the tag after the last slash', () => {
    expect(splitTag('host:5000/a')).toEqual({ repository: 'host:5000/a', tag: '<none>' })
  })

  it.each([
    [['mhk/debian:1.3'], 'mhk-debian-1.3.tar'],
    [['a:1', 'b:2'], 'images.tar'],
    [[`sha256:${'a'.repeat(12)}`], 'aaaaaaaaaaaa.tar'],
  ])('names the archive of %s', (references, name) => expect(archiveName(references)).toBe(name))
})

describe('strata', () => {
  const layer = (index: number | null, size: number, createdBy = ''): ImageLayer => ({
    index,
    diffId: null,
    createdBy,
    comment: '',
    createdAt: 0,
    size,
  })

  it('stand top first, the base in slate, metadata between', () => {
    const rows = layerRows([layer(0, 200), layer(null, 0), layer(1, 50), layer(2, 100)])
    expect(rows.map(({ index, colour, share }) => [index, colour, share])).toEqual([
      [2, 'stratum1', 0.5],
      [1, 'stratum2', 0.25],
      [null, 'stratum3', 0],
      [0, 'base', 1],
    ])
  })

  it.each([
    ['/bin/sh -c #(nop)  CMD ["bash"]', 'CMD ["bash"]'],
    ['/bin/sh -c apt-get update', 'RUN apt-get update'],
    ['RUN /bin/sh -c make # buildkit', 'RUN make'],
    ['COPY a b # buildkit', 'COPY a b'],
    ['bash', 'bash'],
  ])('reads %s', (raw, command) => expect(readableCommand(raw)).toBe(command))
})

describe('removal', () => {
  const preview: RemovePreview = {
    frees: 1,
    items: [item('free'), item('stopped', 'exited'), item('busy', 'running')],
  }

  function item(reference: string, state?: 'exited' | 'running'): RemovePreview['items'][number] {
    const blockers = state ? [{ id: 'c', name: 'web', state }] : []
    return { reference, untagged: [reference], deletesImage: true, frees: 1, blockers }
  }

  it('lets go what nothing uses; with force also what only stopped containers use', () => {
    expect(removable(preview, false)).toEqual(['free'])
    expect(removable(preview, true)).toEqual(['free', 'stopped'])
    expect(canForce(preview)).toBe(true)
    expect(canForce({ frees: 0, items: [item('busy', 'running')] })).toBe(false)
  })
})
