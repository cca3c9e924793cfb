import { gzipSync } from 'node:zlib'
import { area } from '../harness/area'
import { makeTar } from '../harness/tar'
import { build, FILES, noteConfig, noteFiles, noteHashes } from './build-support'

export const buildCopies = area('build, COPY and ADD', (check) => {
  check('COPY: owners, modes, links', async (c) => {
    await c.load('other')
    await build(
      c,
      [
        'FROM other:1',
        'COPY b.txt suid sgid /files/',
        'COPY d /dir',
        'COPY to-d /by-link',
        'COPY to-a rooted /targets/',
        'COPY out /out',
        'COPY ["with space.txt", "文件.txt", "/n/"]',
        'COPY empty /empty',
      ],
      FILES,
    )
    await noteFiles(c)
    await noteHashes(c)
    await build(c, ['FROM other:1', 'COPY . /all', 'COPY / /more/', 'COPY ./d/ /slashed'], FILES)
    await noteFiles(c)
    await noteHashes(c)
    await build(c, ['FROM other:1', 'COPY broken /x'], FILES)
  })

  check('COPY --chown and COPY --from: what is kept', async (c) => {
    await c.load('base')
    await build(
      c,
      [
        'FROM base:1 AS first',
        'COPY --chown=4000:2000 suid sgid /own/',
        'COPY --chown=4000:2000 d /own/new/dir',
        'COPY --chown=user:staff d /looked/up',
        'COPY --chown=7 a.txt /made/for/it',
        'FROM scratch',
        'COPY --from=first /own /own',
        'COPY --from=first /bin/setuid /one/setuid',
        'COPY --from=first --chown=3:4 /bin /bin',
        'COPY --from=first /data/up /up/',
        'COPY --from=first bin/t* /globbed/',
        'COPY --from=0 /etc/motd ./opt /several/',
      ],
      FILES,
    )
    await noteFiles(c)
    await noteHashes(c)
    for (const owner of ['nobody', 'user:nogroup', 'a:b:c', '-1']) {
      await build(c, ['FROM base:1', `COPY --chown=${owner} a.txt /x`], FILES)
    }
  })

  check('COPY --from what is not there', async (c) => {
    await c.load('base')
    for (const line of [
      'COPY --from=1 /a /b',
      'COPY --from=7 /a /b',
      'COPY --from=-1 /a /b',
      'COPY --from=base:1 /nothing /b',
      'COPY --from=base:1 ../etc/motd /b',
      'COPY --from=base:1 /no* /b',
      'COPY --from=BAD:NAME /a /b',
      'COPY --from= /a /b',
    ]) {
      await build(c, ['FROM base:1', 'FROM base:1', line])
    }
  })

  check('destinations: links, files in the way, slashes, relative ones', async (c) => {
    await c.load('base')
    await build(
      c,
      [
        'FROM base:1',
        'COPY a.txt /data/up',
        'COPY a.txt /data/up/named',
        'COPY d /data/up/',
        'COPY a.txt bin/link',
        'WORKDIR /srv/app/',
        'COPY a.txt .',
        'COPY b.txt ./sub/',
        'COPY d ./',
        'COPY a.txt ../up',
        'COPY a.txt /data//double///',
      ],
      FILES,
    )
    await noteFiles(c)
    await noteConfig(c)
    await build(c, ['FROM base:1', 'COPY d /replaced', 'COPY a.txt /replaced/sub'], FILES)
    await build(
      c,
      ['FROM base:1', 'COPY d /x', 'COPY e /x/'],
      [...FILES, { name: 'e/' }, { name: 'e/sub', content: 'a file now' }, { name: 'e/one/' }],
    )
    await noteFiles(c)
  })

  check('patterns', async (c) => {
    await c.load('other')
    for (const words of [
      '[ab].txt /x/',
      '[^a].txt /x/',
      '?.txt /x/',
      'd/* /x/',
      '*/sub /x/',
      'd*/o?e /x',
      '*.none /x/',
      '*.txt /x',
      'a\\.txt /x',
      '[ /x/',
      'nothing.txt a.txt /x/',
      'a.txt/ /x/',
      './a.txt ././b.txt /x/',
      '/a.txt //b.txt /x/',
      'd/../a.txt /x/',
    ]) {
      await build(c, ['FROM other:1', `COPY ${words}`], FILES)
      await noteHashes(c)
    }
  })

  check('ADD: what is a tar and what is not', async (c) => {
    await c.load('base')
    const tar = await makeTar([
      { name: 'etc/', mode: 0o700, uid: 9, gid: 9 },
      { name: 'etc/motd', content: 'from the tar\n', uid: 7, gid: 8, mode: 0o4755 },
      { name: 'opt', content: 'a file where a folder was\n' },
      { name: 'x/y/z', content: 'without folders\n' },
    ])
    await build(
      c,
      [
        'FROM base:1',
        'ADD in.tar /',
        'ADD --chown=3:4 in.tar.gz /new/place',
        'ADD text.tar.gz /text',
        'ADD note.gz a.txt /notes/',
        'ADD d /dir',
        'ADD half.tar /half',
        'ADD zeros.tar /zeros',
        'COPY in.tar /',
      ],
      [
        ...FILES,
        { name: 'in.tar', content: tar },
        { name: 'in.tar.gz', content: gzipSync(tar) },
        { name: 'text.tar.gz', content: 'only called so\n' },
        { name: 'note.gz', content: Buffer.from('1f8b080000000000', 'hex') },
        { name: 'half.tar', content: tar.subarray(0, 300) },
        { name: 'zeros.tar', content: Buffer.alloc(1024) },
      ],
    )
    await noteFiles(c)
    await noteHashes(c)
  })

  check('ADD of URLs', async (c) => {
    await c.load('other')
    const address = await c.serve({
      '/file.txt': Buffer.from('from afar\n'),
      '/in.tar': await makeTar([{ name: 'in', content: 'in\n' }]),
      '/folder/': Buffer.from('an index\n'),
    })
    for (const words of [
      'file.txt /named',
      'file.txt /folder/',
      'file.txt?query=1 /folder/',
      'in.tar /kept/',
      'folder/ /file',
      'folder/ /folder/',
      'missing /x',
    ]) {
      await build(c, ['FROM other:1', `ADD http://${address}/${words}`])
      await noteHashes(c)
    }
    await build(c, ['FROM other:1', `COPY http://${address}/file.txt /x`])
    await build(c, ['FROM other:1', `ADD http://${address}/file.txt a.txt /both/`], FILES)
    await noteHashes(c)
  })
})
