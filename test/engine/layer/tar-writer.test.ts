import { execFileSync } from 'node:child_process'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { cleanPath, decodeName } from '../../../src/engine/layer/names'
import { packTar } from '../../../src/engine/layer/tar-writer'
import type { LayerSource } from '../../../src/engine/layer/types'
import { readWhiteout } from '../../../src/engine/layer/whiteouts'
import { temporaryFolders } from '../blob/temporary-root'
import { directory, hardlink, opaque, scan, source, symlink, tarOf, whiteout } from './tars'

const folder = temporaryFolders()

const name = fc
  .uint8Array({ minLength: 1, maxLength: 30 })
  .map((bytes) =>
    decodeName(Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x61 : byte)))),
  )
  .filter((text) => text !== '.' && text !== '..' && !text.startsWith('.wh.'))
const path = fc.array(name, { minLength: 1, maxLength: 12 }).map((parts) => parts.join('/'))
const id = fc.oneof(fc.nat(100_000), fc.constantFrom(0o7777777, 0o10000000, 4_294_967_295))
const common = {
  mode: fc.nat(0o7777),
  uid: id,
  gid: id,
  mtime: fc.oneof(fc.integer({ min: -1e10, max: 1e10 }), fc.constantFrom(0, -1, 8_589_934_592)),
  mtimeNsec: fc.oneof(fc.constant(0), fc.nat(999_999_999)),
  xattrs: fc.option(
    fc
      .array(fc.tuple(fc.constantFrom('user.a', 'security.capability'), fc.uint8Array()), {
        minLength: 1,
        maxLength: 2,
      })
      .map((pairs) => new Map(pairs.map(([key, value]) => [key, Buffer.from(value)]))),
    { nil: null },
  ),
}
const content = fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes))
const sparse = fc
  .array(fc.tuple(fc.nat(1e9), fc.integer({ min: 1, max: 600 })), { maxLength: 30 })
  .map((gaps) => {
    let at = 0
    return gaps.map(([gap, length]) => {
      const offset = at + gap
      at = offset + length
      return { offset, length }
    })
  })
const anySource: fc.Arbitrary<LayerSource> = fc.oneof(
  fc.tuple(path, content, fc.record(common)).map(([at, data, rest]) => {
    return source(at, { content: data, ...rest })
  }),
  fc.tuple(path, sparse, fc.nat(1e15), fc.record(common)).map(([at, chunks, hole, rest]) => {
    const stored = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    const last = chunks.at(-1)
    return source(at, {
      content: Buffer.alloc(stored, 0x5a),
      ...rest,
      sparse: chunks,
      size: (last ? last.offset + last.length : 0) + hole,
    })
  }),
  fc.tuple(path, fc.record(common)).map(([at, rest]) => directory(at, rest)),
  fc.tuple(path, path).map(([at, target]) => symlink(at, `../${target}`)),
  fc.tuple(path, path).map(([at, target]) => hardlink(at, cleanPath(target))),
  fc
    .tuple(path, fc.constantFrom('char', 'block'), fc.nat(4095), fc.nat(255))
    .map(([at, type, devMajor, devMinor]) =>
      source(at, { type: type as 'char' | 'block', devMajor, devMinor }),
    ),
  path.map((at) => source(at, { type: 'fifo' })),
  path.map(whiteout),
  path.map(opaque),
)

it('comes back from its own bytes, whatever the entry and the chunks', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anySource, { maxLength: 8 }),
      fc.integer({ min: 1, max: 2000 }),
      async (sources, step) => {
        const tar = await tarOf(sources)
        expect(tar.length % 512).toBe(0)
        const found = scan(tar, step)
        expect(found).toHaveLength(sources.length)
        found.forEach(({ entry, content: data }, at) => {
          const { entry: wanted, content: given } = sources[at] as LayerSource
          const read = readWhiteout(entry)
          const offset = read?.offset ?? -1
          expect(offset % 512).toBe(0)
          expect(read).toEqual({ ...wanted, offset })
          expect(data.equals(Buffer.isBuffer(given) ? given : Buffer.alloc(0))).toBe(true)
        })
      },
    ),
    { numRuns: 150 },
  )
})

it('is read by the system tar', async () => {
  const root = await folder()
  const long = `${'n'.repeat(90)}/`.repeat(5)
  const tar = await tarOf([
    directory('d'),
    source('d/文件', { content: 'text', mode: 0o4755, mtime: -1000, mtimeNsec: 5 }),
    source(`${long}end`, { content: 'deep' }),
    source('sparse', {
      // GNU tar wants whole blocks of all chunks but the last one.
      content: `${'A'.repeat(512)}BBB`,
      size: 5_000_000,
      sparse: [
        { offset: 100, length: 512 },
        { offset: 4_000_000, length: 3 },
      ],
    }),
    symlink('soft', 'd/文件'),
    hardlink('hard', 'd/文件'),
  ])
  await writeFile(join(root, 'it.tar'), tar)
  execFileSync('tar', ['-C', root, '-xpf', join(root, 'it.tar')], { stdio: 'pipe' })
  expect(await readFile(join(root, 'soft'), 'utf8')).toBe('text')
  expect(await readFile(join(root, long, 'end'), 'utf8')).toBe('deep')
  const file = await stat(join(root, 'd/文件'))
  expect(file.mode & 0o7777).toBe(0o4755)
  expect(file.nlink).toBe(2)
  expect(Math.floor(file.mtimeMs / 1000)).toBe(-1000)
  const data = await readFile(join(root, 'sparse'))
  expect(data.length).toBe(5_000_000)
  expect([data.toString('latin1', 100, 103), data.toString('latin1', 4e6, 4e6 + 3)]).toEqual([
    'AAA',
    'BBB',
  ])
})

it('takes contents from places in files and from streams', async () => {
  const root = await folder()
  const data = Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => at % 251))
  const file = join(root, 'segment')
  await writeFile(file, data)
  const sizes = [0, 1, 511, 512, 40_000, 1_048_576, 1_600_000]
  let at = 0
  const sources = sizes.map((length, number) => {
    const offset = at
    at = (at + length) % 1_000_000
    return {
      ...source(`f${number}`, { size: length, stored: length }),
      content: { file, offset, length },
    }
  })
  const stream = source('stream', { size: 6, stored: 6 })
  const reused: Buffer[] = []
  const options = { reuse: true }
  const all = [
    ...sources,
    {
      ...stream,
      content: {
        length: 6,
        stream: async function* () {
          yield Buffer.from('abc')
          yield Buffer.from('def')
        },
      },
    },
  ]
  for await (const chunk of packTar(all, options)) reused.push(Buffer.from(chunk))
  const found = scan(Buffer.concat(reused))
  sources.forEach(({ content }, number) => {
    const part = data.subarray(content.offset, content.offset + content.length)
    expect(found[number]?.content.equals(part)).toBe(true)
  })
  expect(found.at(-1)?.content.toString()).toBe('abcdef')
})

it('refuses a content that is not as long as promised', async () => {
  const short = { ...source('f', { size: 5, stored: 5 }), content: Buffer.from('four') }
  await expect(tarOf([short])).rejects.toMatchObject({ code: 'internal' })
})
