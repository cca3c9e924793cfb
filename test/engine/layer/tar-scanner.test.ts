import { execFileSync } from 'node:child_process'
import { chmod, link, mkdir, open, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { encodeName } from '../../../src/engine/layer/names'
import { temporaryFolders } from '../blob/temporary-root'
import { indexOf, scan, source, systemTar, tarOf } from './tars'

const folder = temporaryFolders()

async function tree(): Promise<string> {
  const root = await folder()
  await mkdir(join(root, 'd/e'), { recursive: true })
  await writeFile(join(root, 'd/file'), 'hello')
  await writeFile(join(root, 'd/empty'), '')
  await writeFile(join(root, 'd/e/blocks'), Buffer.alloc(1536, 7))
  await link(join(root, 'd/file'), join(root, 'd/hard'))
  await symlink('../d/file', join(root, 'd/soft'))
  await chmod(join(root, 'd/file'), 0o4751)
  await utimes(join(root, 'd/empty'), 1234, 1_000_000_000.25)
  return root
}

describe('what the system tar writes', () => {
  it.each(['v7', 'ustar', 'oldgnu', 'gnu', 'posix'])('%s', async (format) => {
    const root = await tree()
    const tar = systemTar(root, [`--format=${format}`, '--sort=name', '.'])
    for (const step of [tar.length, 511, 512, 1000, 7]) {
      const found = scan(tar, step)
      expect(found.map(({ entry }) => [entry.path, entry.type])).toEqual([
        ['', 'directory'],
        ['d', 'directory'],
        ['d/e', 'directory'],
        ['d/e/blocks', 'file'],
        ['d/empty', 'file'],
        ['d/file', 'file'],
        ['d/hard', 'hardlink'],
        ['d/soft', 'symlink'],
      ])
      const [, , , blocks, empty, file, hard, soft] = found
      expect(blocks?.content.equals(Buffer.alloc(1536, 7))).toBe(true)
      expect(file?.content.toString()).toBe('hello')
      expect(file?.entry.mode).toBe(0o4751)
      expect(hard?.entry.linkname).toBe('d/file')
      expect(soft?.entry.linkname).toBe('../d/file')
      expect(empty?.entry.mtime).toBe(1_000_000_000)
      expect(empty?.entry.mtimeNsec).toBe(format === 'posix' ? 250_000_000 : 0)
      const { offset, stored } = file?.entry ?? { offset: 0, stored: 0 }
      expect(tar.toString('latin1', offset, offset + stored)).toBe('hello')
    }
  })

  it.each(['gnu', 'posix'])('long, odd and non-UTF-8 names in %s', async (format) => {
    const root = await folder()
    const long = Array.from({ length: 12 }, (_, at) => `${at}`.repeat(40)).join('/')
    await mkdir(join(root, long), { recursive: true })
    await writeFile(join(root, long, '文件'), 'x')
    await writeFile(Buffer.concat([Buffer.from(root), Buffer.from('/a\xff\xfeb', 'latin1')]), 'y')
    await symlink('z'.repeat(300), join(root, 'soft'))
    const found = scan(systemTar(root, [`--format=${format}`, '.']))
    const names = found.map(({ entry }) => entry.path)
    expect(names).toContain(`${long}/文件`)
    expect(names).toContain('a\udcff\udcfeb')
    expect(encodeName('a\udcff\udcfeb')).toEqual(Buffer.from('a\xff\xfeb', 'latin1'))
    expect(found.find(({ entry }) => entry.path === 'soft')?.entry.linkname).toBe('z'.repeat(300))
  })

  it('owners beyond ustar, times before 1970', async () => {
    const root = await folder()
    await writeFile(join(root, 'f'), '')
    for (const format of ['gnu', 'posix']) {
      const args = [`--format=${format}`, '--owner=x:3000000000', '--group=y:2097152']
      const [found] = scan(systemTar(root, [...args, '--mtime=1955-11-05T06:00:00.5Z', 'f']))
      expect(found?.entry).toMatchObject({ uid: 3_000_000_000, gid: 2_097_152 })
      const time = Date.UTC(1955, 10, 5, 6) / 1000
      expect(found?.entry.mtime).toBe(time)
      expect(found?.entry.mtimeNsec).toBe(format === 'posix' ? 500_000_000 : 0)
    }
  })

  it.each([
    ['gnu', null],
    ['posix', '0.0'],
    ['posix', '0.1'],
    ['posix', '1.0'],
  ])('sparse files in %s %s', async (format, version) => {
    const root = await folder()
    const file = await open(join(root, 'sparse'), 'w')
    // More holes than a header has room for.
    for (let at = 0; at < 40; at++) await file.write(`data ${at}`, at * 1_000_000)
    await file.truncate(1_099_511_627_776)
    await file.close()
    await writeFile(join(root, 'tail'), 'after it')
    const options = version === null ? [] : [`--sparse-version=${version}`]
    const tar = systemTar(root, [`--format=${format}`, '-S', ...options, 'sparse', 'tail'])
    for (const step of [tar.length, 513]) {
      const [sparse, tail] = scan(tar, step)
      expect(sparse?.entry).toMatchObject({ path: 'sparse', size: 1_099_511_627_776 })
      expect(sparse?.entry.stored).toBe(sparse?.content.length)
      expect(tail?.content.toString()).toBe('after it')
      let at = 0
      const pieces = new Map<number, string>()
      for (const { offset, length } of sparse?.entry.sparse ?? []) {
        pieces.set(offset, sparse?.content.toString('latin1', at, at + length) ?? '')
        at += length
      }
      for (let hole = 1; hole < 40; hole++) {
        const [from, text] = [...pieces].reverse().find(([o]) => o <= hole * 1_000_000) ?? [0, '']
        expect(text.slice(hole * 1_000_000 - from).startsWith(`data ${hole}`)).toBe(true)
      }
    }
  })
})

describe('what is refused', () => {
  const good = () => tarOf([source('a', { content: 'x'.repeat(2000) }), source('b')])

  it('a tar that is cut short anywhere inside an entry', async () => {
    const tar = await good()
    for (const length of [1, 100, 511, 513, 1000, 2511]) {
      expect(() => scan(tar.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'archive_corrupted' }),
      )
    }
    // Padding and the end-of-archive blocks are not missed.
    for (const length of [0, 2512, 2550, 2560, 3072, 3584]) {
      expect(() => scan(tar.subarray(0, length))).not.toThrow()
    }
  })

  it('a header that was changed', async () => {
    const tar = await good()
    tar.write('c', 0)
    expect(() => scan(tar)).toThrow(expect.objectContaining({ code: 'archive_corrupted' }))
  })

  it('random bytes, a picture, text', () => {
    for (const bytes of [
      Buffer.alloc(2048, 'not a tar '),
      execFileSync('head', ['-c', '4096', '/dev/urandom']),
    ]) {
      expect(() => scan(bytes)).toThrow(expect.objectContaining({ code: 'archive_corrupted' }))
    }
  })

  it('an entry after the first end block', async () => {
    const tar = await good()
    const joined = Buffer.concat([tar.subarray(0, -512), tar])
    expect(() => scan(joined)).toThrow(expect.objectContaining({ code: 'archive_corrupted' }))
  })

  it('nothing of what follows the end', async () => {
    const tar = await good()
    expect(scan(Buffer.concat([tar, Buffer.alloc(5000, 'garbage')]))).toHaveLength(2)
  })

  it('sizes, maps and records that lie', () => {
    const header = (fields: Record<number, string>, type: string) => {
      const block = Buffer.alloc(512)
      block.write('name', 0)
      block.write('0000644\0', 100)
      block.write('00000000000\0', 124)
      for (const [at, text] of Object.entries(fields)) block.write(text, Number(at), 'latin1')
      block.write(type, 156)
      block.fill(' ', 148, 156)
      let sum = 0
      for (const byte of block) sum += byte
      block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
      return block
    }
    const size = (bytes: number) => `${bytes.toString(8).padStart(11, '0')}\0`
    const pax = (records: string) => {
      const body = Buffer.alloc(512)
      body.write(records, 'latin1')
      return Buffer.concat([header({ 124: size(records.length) }, 'x'), body])
    }
    const file = header({}, '0')
    for (const tar of [
      header({ 124: size(2 ** 33 - 1) }, 'x'),
      header({ 124: '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe' }, '0'),
      header({ 124: '\x80\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff' }, '0'),
      header({ 124: '0000000000x\0' }, '0'),
      header({}, 'Z'),
      Buffer.concat([pax('99 path=x\n'), file]),
      Buffer.concat([pax('x path=x\n'), file]),
      Buffer.concat([pax('10 path=\0\n'), file]),
      Buffer.concat([pax('12 size=-10\n'), file]),
      Buffer.concat([pax('25 GNU.sparse.map=0,5,3,5\n'), pax('22 GNU.sparse.size=10\n'), file]),
      Buffer.concat([pax('28 GNU.sparse.map=0,5,10,5\n\n'), file]),
    ]) {
      expect(() => scan(tar)).toThrow(expect.objectContaining({ code: 'archive_corrupted' }))
    }
  })
})

it('keeps hostile paths inside the root', async () => {
  const root = await folder()
  await writeFile(join(root, 'f'), 'x')
  for (const [name, path] of [
    ['../../etc/passwd', 'etc/passwd'],
    ['/etc/passwd', 'etc/passwd'],
    ['a/../../../b', 'b'],
    ['./a//b/./c', 'a/b/c'],
    ['..', ''],
  ] as const) {
    const tar = systemTar(root, ['-P', `--transform=flags=r;s,.*,${name},`, 'f'])
    const [found] = scan(tar)
    expect(found?.entry.path).toBe(path)
    expect(indexOf(tar).find(path)).toBeGreaterThanOrEqual(0)
  }
})
