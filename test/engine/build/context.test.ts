import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { LayerSource } from '../../../src/engine/layer/types'
import { makeTar } from '../cli/harness/tar'
import { stores, streamOf, zstd } from '../image/stores'
import { source, tarOf } from '../layer/tars'
import { build, contextOf, filesOf, ingestOf } from './builds'

const open = stores()
const LINES = ['FROM scratch', 'COPY . /']

describe('a build context', () => {
  it.each<[string, (tar: Buffer) => Buffer]>([
    ['plain', (tar) => tar],
    ['gzip', (tar) => gzipSync(tar)],
    ['zstd', (tar) => zstd(tar)],
  ])('comes %s, in pieces of any size', async (_how, packed) => {
    const store = await open()
    const tar = packed(await contextOf(LINES, [{ name: 'a', content: 'a'.repeat(3000) }]))
    const ids = new Set<string>()
    for (const step of [7, 511, 100_000]) {
      const { output, failure } = await build(store, [], { context: streamOf(tar, step) })
      expect(failure).toBeNull()
      ids.add(/Using cache/.test(output) ? 'cached' : 'made')
    }
    // The hash does not depend on how it came.
    expect([...ids]).toEqual(['made', 'cached'])
    expect(await ingestOf(store)).toEqual([])
  })

  it('is contained: nothing in it leads out, whatever it is called', async () => {
    const store = await open()
    const tar = await makeTar([
      { name: 'Dockerfile', content: LINES.join('\n') },
      { name: '../../outside', content: 'o' },
      { name: '/absolute', content: 'a' },
      { name: 'x/../../y', content: 'y' },
      { name: 'link', type: 'symlink', linkname: '../../../etc' },
      { name: 'link/passwd', content: 'mine' },
      { name: 'dev', type: 'character-device', devmajor: 1, devminor: 3 },
      { name: 'pipe', type: 'fifo' },
    ])
    const { id, failure } = await build(store, [], { context: streamOf(tar) })
    expect(failure).toBeNull()
    const files = await filesOf(store, id)
    expect(Object.keys(files).sort()).toEqual(
      ['Dockerfile', 'absolute', 'dev', 'etc', 'etc/passwd', 'link', 'outside', 'pipe', 'y'].sort(),
    )
    expect(files['etc/passwd']).toContain('"mine"')
  })

  it('is refused when a link in it leads to nothing', async () => {
    const tar = await makeTar([
      { name: 'Dockerfile', content: 'FROM scratch' },
      { name: 'l', type: 'link', linkname: 'nowhere' },
    ])
    const { failure } = await build(await open(), [], { context: streamOf(tar) })
    expect(failure).toContain('link /nowhere /l: no such file or directory')
  })

  it('is refused when it is no tar, is cut short, or is packed in a way that is not read', async () => {
    const store = await open()
    const whole = await contextOf(LINES, [{ name: 'a', content: 'a'.repeat(5000) }])
    const sent = (bytes: Buffer) => build(store, [], { context: streamOf(bytes) })
    const eof = 'Error processing tar file(exit status 1): unexpected EOF'
    expect((await sent(Buffer.alloc(2000, 'no tar '))).failure).toBe(eof)
    expect((await sent(whole.subarray(0, 3000))).failure).toBe(eof)
    expect((await sent(gzipSync(whole).subarray(0, 100))).failure).toBe(eof)
    const xz = await sent(Buffer.from('fd377a585a000004e6d6b446000000', 'hex'))
    expect(xz.error).toMatchObject({ code: 'archive_unsupported' })
    expect((await sent(Buffer.alloc(0))).failure).toBe(
      'Cannot locate specified Dockerfile: Dockerfile',
    )
    expect(await ingestOf(store)).toEqual([])
  })

  it('takes holes of any size without taking space for them', async () => {
    const store = await open()
    const size = 2 ** 50
    const stored = Buffer.from('data')
    const huge: LayerSource = {
      entry: {
        ...source('huge').entry,
        size,
        stored: stored.length,
        sparse: [{ offset: size - 4, length: 4 }],
      },
      content: stored,
    }
    const copying = (name: string) => {
      const dockerfile = source('Dockerfile', { content: `FROM scratch\nCOPY ${name} /\n` })
      return tarOf([dockerfile, source('small', { content: 's' }), huge])
    }
    const small = await build(store, [], { context: streamOf(await copying('small')) })
    expect(small.failure).toBeNull()
    const all = await build(store, [], { context: streamOf(await copying('huge')) })
    expect(all.failure).toBeNull()
    expect(store.images.get(all.id as never)?.size).toBe(size)
  })

  it('loses its Dockerfile and .dockerignore when that says so', async () => {
    const store = await open()
    const { id } = await build(store, LINES, {
      files: [
        { name: '.dockerignore', content: 'Docker*\n.docker*\na\n' },
        { name: 'a', content: 'the client leaves this out, or not' },
      ],
    })
    expect(Object.keys(await filesOf(store, id))).toEqual(['a'])
  })

  it('has its Dockerfile under another name, too', async () => {
    const store = await open()
    const tar = await makeTar([
      { name: 'dockerfile', content: 'FROM scratch\nENV A=lower' },
      { name: 'sub/' },
      { name: 'sub/link', type: 'symlink', linkname: '../real' },
      { name: 'real', content: 'FROM scratch\nENV A=linked' },
      { name: 'empty', content: '' },
    ])
    const from = (dockerfile: string) => build(store, [], { context: streamOf(tar), dockerfile })
    expect((await from('')).output).toContain('ENV A=lower')
    expect((await from('sub/link')).output).toContain('ENV A=linked')
    expect((await from('empty')).failure).toBe('the Dockerfile (empty) cannot be empty')
    expect((await from('none')).failure).toBe('Cannot locate specified Dockerfile: none')
    expect((await from('../real')).failure).toBe(
      'forbidden path outside the build context: ../real ()',
    )
  })
})
