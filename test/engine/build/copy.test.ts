import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../../src/engine/image/types'
import { makeTar, type TarEntry } from '../cli/harness/tar'
import { makeImage, stores, zstd } from '../image/stores'
import { source } from '../layer/tars'
import { build, configOf, filesOf } from './builds'

const open = stores()
let store: Store

beforeAll(async () => {
  store = await open()
  await makeImage(
    store,
    [
      [
        source('usr', { type: 'directory', mode: 0o755 }),
        source('usr/lib', { type: 'directory', mode: 0o755 }),
        source('usr/lib/old', { content: 'old' }),
        source('lib', { type: 'symlink', linkname: 'usr/lib' }),
        source('up', { type: 'symlink', linkname: '../../../usr' }),
        source('etc', { type: 'directory', mode: 0o755 }),
        source('etc/passwd', { content: 'root:x:0:0::/:\nweb:x:33:34::/:\n' }),
        source('etc/group', { content: 'root:x:0:\nweb:x:35:\nstaff:x:50:\n' }),
        source('bin', { type: 'directory', mode: 0o755 }),
        source('bin/su', {
          content: 'su',
          mode: 0o4755,
          uid: 7,
          gid: 8,
          xattrs: new Map([['security.capability', Buffer.from('cap')]]),
        }),
      ],
    ],
    ['base:1'],
  )
})

const copied = async (lines: string[], files: TarEntry[] = []): Promise<Record<string, string>> => {
  const { id, failure } = await build(store, lines, { files })
  expect(failure).toBeNull()
  return filesOf(store, id)
}

describe('COPY', () => {
  it('follows links of the image inside its root', async () => {
    const files = await copied(
      ['FROM base:1', 'COPY a /lib', 'COPY a /lib/new/', 'COPY a /up/share/', 'COPY d /lib/d'],
      [{ name: 'a', content: 'a' }, { name: 'd/' }, { name: 'd/b', content: 'b' }],
    )
    expect(files).toMatchObject({
      lib: 'symlink -> usr/lib 644 0:0',
      'usr/lib/a': '"a" 644 0:0',
      'usr/lib/new/a': '"a" 644 0:0',
      'usr/lib/old': '"old" 644 0:0',
      'usr/share/a': '"a" 644 0:0',
      'usr/lib/d/b': '"b" 644 0:0',
    })
  })

  it('follows links of the context inside of it, and copies none that lead away', async () => {
    const files = [
      { name: 'a', content: 'a' },
      { name: 'rooted', type: 'symlink', linkname: '/a' },
      { name: 'out', type: 'symlink', linkname: '../../../../a' },
      { name: 'passwd', type: 'symlink', linkname: '/etc/passwd' },
    ] as const
    expect(await copied(['FROM scratch', 'COPY rooted out /x/'], [...files])).toEqual({
      x: 'directory 755 0:0',
      'x/rooted': '"a" 644 0:0',
      'x/out': '"a" 644 0:0',
    })
    const { failure } = await build(store, ['FROM scratch', 'COPY passwd /x'], { files })
    expect(failure).toBe(
      'COPY failed: file not found in build context or excluded by .dockerignore: stat passwd: file does not exist',
    )
  })

  it.each(['../a', '..', 'x/../../a', '/../a'])('refuses %s', async (path) => {
    const files = [{ name: 'a', content: 'a' }]
    const { failure } = await build(store, ['FROM scratch', `COPY ${path} /x`], { files })
    expect(failure).toBe(
      `COPY failed: forbidden path outside the build context: ${path.replace(/^\//, '')} ()`,
    )
  })

  it('gives files to root, or to whom --chown names, without the rights of the old owner', async () => {
    const files = await copied(
      [
        'FROM base:1',
        'COPY suid /a/suid',
        'COPY --chown=web suid /b/suid',
        'COPY --chown=web:staff d /c/d',
        'COPY --chown=9:staff suid /usr/lib/suid',
      ],
      [
        { name: 'suid', content: '', mode: 0o6755, uid: 3, gid: 4 },
        { name: 'd/', mode: 0o2770, uid: 3, gid: 4 },
        { name: 'd/f', content: '', mode: 0o2640, uid: 3, gid: 4 },
      ],
    )
    expect(files).toMatchObject({
      'a/suid': '"" 755 0:0',
      b: 'directory 755 33:35',
      'b/suid': '"" 755 33:35',
      c: 'directory 755 0:0',
      'c/d': 'directory 755 33:50',
      'c/d/f': '"" 2640 33:50',
      'usr/lib': 'directory 755 0:0',
      'usr/lib/suid': '"" 755 9:50',
    })
  })

  it('keeps owners, rights and capabilities with --from, unless --chown says otherwise', async () => {
    const { id } = await build(store, [
      'FROM base:1 AS one',
      'FROM scratch',
      'COPY --from=one /bin /kept',
      'COPY --from=0 --chown=1:2 /bin/su /given/su',
    ])
    expect(await filesOf(store, id)).toMatchObject({
      'kept/su': '"su" 4755 7:8',
      'given/su': '"su" 755 1:2',
    })
    const tree = await store.layers.union(store.images.get(id as never)?.diffIds ?? [])
    expect(tree.entry(tree.find('kept/su')).xattrs?.get('security.capability')?.toString()).toBe(
      'cap',
    )
    expect(tree.entry(tree.find('given/su')).xattrs).toBeNull()
  })

  it('keeps hard links inside a folder as links', async () => {
    const { id } = await build(store, ['FROM scratch', 'COPY d /d'], {
      files: [
        { name: 'd/' },
        { name: 'd/one', content: 'shared' },
        { name: 'd/two', type: 'link', linkname: 'd/one' },
      ],
    })
    const [diffId] = store.images.get(id as never)?.diffIds ?? []
    const index = await store.layers.index(diffId as never)
    expect(index.entry(index.find('d/two'))).toMatchObject({ type: 'hardlink', linkname: 'd/one' })
  })

  it('replaces files by folders and folders by files', async () => {
    const files = [
      { name: 'x', content: 'file' },
      { name: 'a/' },
      { name: 'a/n/' },
      { name: 'a/n/deep', content: 'deep' },
      { name: 'b/' },
      { name: 'b/n', content: 'file' },
    ]
    const result = await copied(
      [
        'FROM scratch',
        'COPY a /r',
        'COPY b /r',
        'COPY a /s',
        'COPY x /s/n/',
        'COPY b /t',
        'COPY a /t',
      ],
      files,
    )
    expect(result).toMatchObject({
      'r/n': '"file" 644 0:0',
      's/n/deep': '"deep" 644 0:0',
      's/n/x': '"file" 644 0:0',
      't/n/deep': '"deep" 644 0:0',
    })
    expect(result['r/n/deep']).toBeUndefined()
  })

  it('says where something stands in the way of a folder', async () => {
    const files = [{ name: 'a', content: 'a' }]
    const { failure } = await build(store, ['FROM scratch', 'COPY a /f', 'COPY a /f/g/'], { files })
    expect(failure).toBe('failed to copy files: mkdir /f: not a directory')
  })

  it('makes no layer for a folder that is there already', async () => {
    const { id } = await build(store, ['FROM base:1', 'COPY d /usr/lib/'], {
      files: [{ name: 'd/' }],
    })
    const { history, rootfs } = await configOf(store, id)
    expect([history.at(-1)?.empty_layer, rootfs.diff_ids.length]).toEqual([true, 1])
  })

  it('refuses names that mean a deletion in a layer', async () => {
    const files = [{ name: '.wh.a', content: '' }]
    const { failure } = await build(store, ['FROM scratch', 'COPY . /'], { files })
    expect(failure).toContain('names that begin with ".wh." stand for deletions')
  })
})

describe('ADD', () => {
  it('unpacks tars, also those packed with gzip and zstd, with their owners', async () => {
    const tar = await makeTar([{ name: 'x/y', content: 'y', uid: 5, gid: 6, mode: 0o4711 }])
    const files = await copied(
      ['FROM scratch', 'ADD plain /1/', 'ADD gzip /2', 'ADD --chown=9 zstd /3', 'COPY plain /4/'],
      [
        { name: 'plain', content: tar },
        { name: 'gzip', content: gzipSync(tar) },
        { name: 'zstd', content: zstd(tar) },
      ],
    )
    for (const folder of ['1', '2', '3']) {
      expect(files[`${folder}/x/y`]).toBe('"y" 4711 5:6')
      expect(files[`${folder}/x`]).toBe('directory 755 0:0')
    }
    expect(Object.keys(files)).toContain('4/plain')
  })

  it('keeps a tar that climbs inside of the folder', async () => {
    const tar = await makeTar([
      { name: '../../up', content: 'up' },
      { name: '/abs', content: 'abs' },
      { name: 'link', type: 'symlink', linkname: '/etc' },
    ])
    const files = await copied(['FROM base:1', 'ADD t /in/'], [{ name: 't', content: tar }])
    expect(files['in/up']).toBe('"up" 644 0:0')
    expect(files['in/abs']).toBe('"abs" 644 0:0')
    expect(files.up).toBe('symlink -> ../../../usr 644 0:0')
  })

  it('says so when a tar ends too early, or is packed in a way that is not read', async () => {
    const tar = await makeTar([{ name: 'x', content: 'x'.repeat(5000) }])
    const cut = [{ name: 't', content: tar.subarray(0, 2000) }]
    expect((await build(store, ['FROM scratch', 'ADD t /'], { files: cut })).failure).toContain(
      'failed to copy files: Error processing tar file(exit status 1): unexpected EOF',
    )
    const xz = Buffer.from('fd377a585a000004e6d6b446000000', 'hex')
    const files = [
      { name: 't.tar.xz', content: xz },
      { name: 'note.xz', content: xz },
    ]
    expect((await build(store, ['FROM scratch', 'ADD t.tar.xz /'], { files })).failure).toBe(
      'failed to copy files: /t.tar.xz is packed with xz, which the bundled engine cannot unpack: pack it with gzip or zstd',
    )
    expect((await build(store, ['FROM scratch', 'ADD note.xz /'], { files })).failure).toBeNull()
  })

  it('says what is wrong with an address', async () => {
    const refused = await build(store, ['FROM scratch', 'ADD http://127.0.0.1:1/x /x'])
    expect(refused.failure).toContain('ADD failed: Get "http://127.0.0.1:1/x": ')
    const { failure } = await build(store, ['FROM scratch', 'COPY http://127.0.0.1:1/x /x'])
    expect(failure).toBe("COPY failed: source can't be a URL for COPY")
  })
})
