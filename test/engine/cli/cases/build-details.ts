import { gzipSync } from 'node:zlib'
import { area } from '../harness/area'
import { withoutOwn } from '../harness/own'
import { makeTar, type TarEntry } from '../harness/tar'
import type { Case } from '../harness/transcript'

/** Builds `built:1` from a tar on the standard input: nothing of it passes through a file system. */
async function build(
  c: Case,
  dockerfile: readonly string[],
  entries: readonly TarEntry[] = [],
  ...flags: string[]
): Promise<void> {
  const tar = await makeTar([
    { name: 'Dockerfile', content: `${dockerfile.join('\n')}\n` },
    ...entries,
  ])
  await c.record({ input: tar }, 'build -t built:1', ...flags, '-')
}

async function noteFiles(c: Case, name = 'built:1'): Promise<void> {
  await c.docker('create --name reader', name, '/x')
  await c.noteTar('cp reader:/ -')
  await c.docker('rm -v reader')
}

/** The hashes of COPY and ADD, cut so that nothing takes them for ids made by chance. */
async function noteHashes(c: Case): Promise<void> {
  const { stdout } = await c.run('history --no-trunc --format', '{{.CreatedBy}}', 'built:1')
  const hashes = [...stdout.matchAll(/([a-z]*):?([0-9a-f]{64}) in/g)]
  c.note(
    'hashes',
    hashes.map(([, kind = '', hash = '']) => [kind, ...(hash.match(/.{8}/g) ?? [])]),
  )
}

async function noteConfig(c: Case): Promise<void> {
  await c.json('image inspect -f', '{{json .Config}}', 'built:1')
}

const FILES: TarEntry[] = [
  { name: 'a.txt', content: 'a\n' },
  { name: 'b.txt', content: 'b\n', mode: 0o600, uid: 12, gid: 34 },
  { name: 'suid', content: '#!/bin/sh\n', mode: 0o6755 },
  { name: 'sgid', content: '#!/bin/sh\n', mode: 0o2744 },
  { name: 'd/' },
  { name: 'd/one', content: 'one\n' },
  { name: 'd/two', type: 'link', linkname: 'd/one' },
  { name: 'd/sub/', mode: 0o2770, uid: 5, gid: 6 },
  { name: 'd/sub/deep', content: 'deep\n' },
  { name: 'd/sticky/', mode: 0o1777 },
  { name: 'd/link', type: 'symlink', linkname: 'sub/deep' },
  { name: 'd/away', type: 'symlink', linkname: '/etc/motd' },
  { name: 'd/suid', content: 'x', mode: 0o4755 },
  { name: 'to-d', type: 'symlink', linkname: 'd' },
  { name: 'to-a', type: 'symlink', linkname: './a.txt' },
  { name: 'rooted', type: 'symlink', linkname: '/d/one' },
  { name: 'broken', type: 'symlink', linkname: 'nowhere' },
  { name: 'out', type: 'symlink', linkname: '../../a.txt' },
  { name: 'with space.txt', content: 'space\n' },
  { name: '文件.txt', content: '中文\n' },
  { name: 'empty', content: '' },
  { name: `${'long/'.repeat(30)}name`, content: 'long\n' },
]

export const buildDetails = area('build, details', (check) => {
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
        'COPY a.txt /opt/keep/',
        'COPY a.txt bin/link',
        'WORKDIR /srv/app/',
        'COPY a.txt .',
        'COPY b.txt ./sub/',
        'COPY d ./',
        'COPY a.txt ../up',
        'COPY a.txt /data//double///',
      ].filter((line) => !line.includes('/opt/keep/')),
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

  check('variables: ARG and ENV, their scopes and their order', async (c) => {
    await c.load('base')
    await build(
      c,
      [
        'ARG TAG=1',
        'ARG IMAGE=base:$TAG',
        'ARG UNSET',
        'FROM ${IMAGE} AS one',
        'ENV SEEN=$TAG-$IMAGE',
        'ARG TAG',
        'ARG IMAGE=other',
        'ARG UNSET',
        'ENV TAG_IS=$TAG IMAGE_IS=$IMAGE UNSET_IS=${UNSET:-nothing}',
        'ENV TAG=env',
        'ARG TAG=later',
        'LABEL tag=$TAG proxy=$HTTP_PROXY "k $TAG"="a b"',
        'ENV A=1',
        'ENV A=2 B=$A C="$A \\$A" D=\'$A\'',
        'ARG X=$B Y="two words" Z',
        'LABEL x=$X y=$Y z=$Z',
        'WORKDIR $A/$B',
        'USER ${NOBODY:-me}:$A',
        'VOLUME /v/$A "$B"',
        'STOPSIGNAL ${SIG:-9}',
        'EXPOSE $A $PORTS 80',
        'FROM one',
        'LABEL gone=$X kept=$A',
      ],
      [],
      ...['--build-arg', 'HTTP_PROXY=http://proxy', '--build-arg', 'Z=given', '--build-arg', 'Y'],
    )
    await noteConfig(c)
    await c.docker('history --no-trunc --format', '{{.CreatedBy}}', 'built:1')
    await build(c, ['FROM base:1', 'LABEL x=${A:?must be}'])
    await build(c, ['FROM base:1', 'LABEL x="open'])
    await build(c, ['FROM base:1', 'LABEL x=${A'])
    await build(c, ['FROM $NOTHING'])
    await build(c, ['ARG A=1', 'ENV B=1'])
    await build(c, ['FROM base:1', 'ARG A'], [], '--build-arg', 'B=1')
  })

  check('commands: forms of CMD, ENTRYPOINT, SHELL', async (c) => {
    await c.load('app')
    for (const lines of [
      ['CMD'],
      ['CMD []'],
      ['ENTRYPOINT []'],
      ['ENTRYPOINT'],
      ['CMD ["a"', 'ENTRYPOINT ["b"]'],
      ['SHELL ["/bin/bash", "-e"]', 'CMD x', 'ENTRYPOINT y  z'],
      ['CMD ["with \\"quotes\\"", "and \\t tab", "日本"]'],
      ['ENTRYPOINT ["/e"]', 'CMD ["c"]', 'ENTRYPOINT ["/f"]'],
      ['HEALTHCHECK --interval=1m30s --timeout=1500ms --start-period=2h CMD ["a", "b"]'],
      ['HEALTHCHECK --retries=65 CMD x', 'HEALTHCHECK NONE', 'HEALTHCHECK CMD y'],
    ]) {
      await build(c, ['FROM app:1', ...lines])
      await noteConfig(c)
      await c.docker('history --no-trunc --format', '{{.CreatedBy}}', 'built:1')
    }
  })

  check('the whole configuration of a built image and of a step', async (c) => {
    await c.load('app')
    await build(
      c,
      [
        'FROM app:1',
        'MAINTAINER Mei <mei@lab>',
        'ENV X=1',
        'COPY a.txt /x',
        'WORKDIR /w',
        'USER me',
      ],
      FILES,
    )
    const raw = await c.record({ out: 'none' }, 'image inspect built:1')
    c.note('inspect', withoutOwn(JSON.parse(raw)))
    const ids = (await c.run('history -q --no-trunc built:1')).stdout.split('\n').filter(Boolean)
    for (const id of ids.slice(1, 5)) {
      const step = await c.run('image inspect', id)
      c.note('step', withoutOwn(JSON.parse(step.stdout)))
    }
    await c.docker('history built:1')
    await c.docker('rmi built:1')
  })

  check('stages: names, numbers, case, targets, scratch', async (c) => {
    await c.load('base')
    const lines = [
      'FROM base:1 AS One',
      'ENV A=1',
      'FROM oNE AS two',
      'ENV B=2',
      'FROM scratch',
      'FROM two',
    ]
    await build(c, lines)
    await noteConfig(c)
    for (const target of ['one', 'TWO', '0', '2', 'three']) {
      await build(c, lines, [], '--target', target)
    }
    await build(c, ['FROM base:1 AS a', 'FROM base:1 AS A', 'ENV X=1'])
    await build(c, ['FROM scratch'])
    await build(c, ['FROM base:1 AS x', 'FROM scratch', 'COPY --from=X /etc/motd /'])
    await build(c, ['FROM base:1'])
    await build(c, ['FROM --platform=$BAD base:1'])
    await build(c, ['FROM BAD/NAME'])
    await c.docker('images')
  })

  check('volumes and working directories', async (c) => {
    await c.load('base')
    await build(c, [
      'FROM base:1',
      'VOLUME /vol',
      'WORKDIR /vol/inside',
      'WORKDIR /a/../b/./c',
      'WORKDIR d/',
      'WORKDIR /data/up/by-link',
      'ENV X=1',
    ])
    await noteFiles(c)
    await noteConfig(c)
    await build(c, ['FROM base:1', 'WORKDIR /etc/motd'])
    await c.docker('history built:1')
  })

  check('an image without the folder that it works in', async (c) => {
    await c.load('other')
    await c.docker('create --name box other:1 /x')
    await c.docker('commit -c', 'WORKDIR /made/late', 'box', 'late:1')
    await c.docker('rm box')
    await build(c, ['FROM late:1', 'ENV A=1', 'ENV B=2', 'COPY a.txt .'], FILES)
    await noteFiles(c)
    await c.docker('history built:1')
  })

  check('ONBUILD: several, with COPY, in a stage', async (c) => {
    await c.load('base')
    await build(c, [
      'FROM base:1',
      'ONBUILD ENV A=1',
      'ONBUILD copy --chown=1:2 a.txt /x/',
      'ONBUILD WORKDIR /w',
      'ENV B=2',
    ])
    await noteConfig(c)
    await c.docker('tag built:1 parent:1')
    await build(c, ['FROM parent:1 AS one', 'LABEL own=1', 'FROM one', 'LABEL two=2'], FILES)
    await noteConfig(c)
    await build(c, ['FROM parent:1'], FILES)
    await build(c, ['FROM parent:1'])
    await noteFiles(c)
  })

  check('the cache', async (c) => {
    await c.load('base')
    const lines = ['FROM base:1', 'ARG V=1', 'ENV A=$V', 'COPY d /d', 'ADD a.txt /a', 'WORKDIR /w']
    await build(c, lines, FILES)
    const touched = FILES.map((entry) => ({ ...entry, mtime: new Date('2022-01-01T00:00:00Z') }))
    await build(c, lines, touched)
    await build(c, lines, FILES, '--build-arg', 'V=2')
    await build(c, lines, [...FILES, { name: 'd/new', content: 'new' }])
    await build(
      c,
      lines,
      FILES.map((entry) => (entry.name === 'a.txt' ? { ...entry, mode: 0o600 } : entry)),
    )
    await build(c, [...lines.slice(0, 4), 'COPY a.txt /a'], FILES)
    await build(c, [...lines.slice(0, 4), 'COPY a.txt /b'], FILES)
    await build(c, ['FROM scratch', 'ENV A=1', 'COPY a.txt /'], FILES)
    await build(c, ['FROM scratch', 'ENV A=1', 'COPY a.txt /'], FILES)
    await build(c, ['FROM base:1 AS x', 'ENV A=1', 'FROM base:1', 'COPY --from=x /etc /e'], FILES)
    await build(c, ['FROM base:1 AS x', 'ENV A=2', 'FROM base:1', 'COPY --from=x /etc /e'], FILES)
    await build(c, lines, FILES, '--no-cache')
  })

  check('contexts: names of the Dockerfile, gzip, .dockerignore, nothing', async (c) => {
    await c.load('other')
    const entry = { content: 'FROM other:1\nCOPY . /x\n' }
    const sent = async (entries: TarEntry[], ...flags: string[]): Promise<void> => {
      await c.record({ input: await makeTar(entries) }, 'build -t built:1', ...flags, '-')
    }
    await sent([{ name: 'dockerfile', ...entry }])
    await sent([{ name: './sub/My.Dockerfile', ...entry }], '-f', 'sub/My.Dockerfile')
    await sent([{ name: 'x', content: '' }])
    await sent([{ name: 'Dockerfile', content: '' }])
    await sent([{ name: 'Dockerfile', content: '# nothing\n' }])
    await sent([
      { name: 'Dockerfile', ...entry },
      { name: '.dockerignore', content: 'Dockerfile\n.docker*\n!x\nkept\n' },
      { name: 'kept', content: 'dockerd leaves this to the client\n' },
    ])
    await noteFiles(c)
    await sent([
      { name: 'Dockerfile', ...entry },
      { name: '.dockerignore', content: '*\n!Dockerfile\n' },
    ])
    await noteFiles(c)
    const packed = gzipSync(await makeTar([{ name: 'Dockerfile', ...entry }]))
    await c.record({ input: packed }, 'build -t built:1 -')
  })

  check('a Dockerfile that is written strangely', async (c) => {
    await c.load('base')
    await build(c, ['FROM base:1', 'ENV A=1 \\', '', '  # why', '  B=2', '', 'LABEL \\', '  x=y'])
    await noteConfig(c)
    for (const lines of [
      ['from base:1 as x', 'env a b  c', 'from base:1', 'copy --from=x /etc/motd /y'],
      ['# syntax=docker/dockerfile:1', 'FROM base:1', 'LABEL a=b\\', 'c'],
      ['# escape=x', 'FROM base:1'],
      ['FROM base:1', 'ENV A'],
      ['FROM base:1', 'LABEL a=b c'],
      ['FROM base:1', 'CMD ["a", 1]'],
      ['FROM base:1', 'COPY --chmod=755 a /b'],
      ['FROM base:1', 'HEALTHCHECK --interval=1us CMD x'],
      ['FROM base:1', 'HEALTHCHECK --retries=none CMD x'],
      ['FROM base:1', 'HEALTHCHECK --timeout=5 CMD x'],
      ['FROM base:1', 'SHELL sh'],
      ['FROM base:1', 'STOPSIGNAL 0'],
      ['FROM base:1', 'EXPOSE 70000'],
      ['FROM base:1', 'EXPOSE 80/icmp'],
      ['FROM base:1', 'VOLUME []'],
      ['FROM base:1', 'VOLUME ""'],
      ['FROM base:1', 'WORKDIR ""'],
      ['FROM base:1', 'ONBUILD NONSENSE x', 'ENV A=1'],
      ['FROM base:1', 'ONBUILD ONBUILD ENV A=1'],
      ['FROM base:1', 'ENV =x'],
      ['FROM base:1', 'ARG =x'],
      ['FROM base:1', 'RUN --nonsense=1 x'],
      ['FROM base:1', 'USER a b'],
      ['FROM base:1', 'LABEL "a b" "c d"'],
      ['FROM --nonsense=1 base:1'],
      ['FROM base:1 x'],
      ['FROM base:1 AS 1x'],
    ]) {
      await build(c, lines, FILES)
    }
    await noteConfig(c)
  })

  check('-q, --label, --force-rm, names', async (c) => {
    await c.load('base')
    await build(c, ['FROM base:1', 'ENV A=1', 'COPY missing /x'], [], '-q')
    await build(c, ['FROM base:1', 'NONSENSE'], [], '-q')
    await build(c, ['FROM base:1', 'ENV A=1'], [], '-q')
    await build(
      c,
      ['FROM base:1', 'ENV A=1'],
      [],
      '--label',
      'z=$A "x"',
      '--label',
      'b=1',
      '--label',
      'e',
    )
    await noteConfig(c)
    await build(c, ['FROM base:1', 'EXPOSE bad'], [], '--force-rm')
    await build(c, ['FROM base:1'], [], '-t', 'two', '-t', 'two:latest', '-t', 'reg.lab:5000/a/b:c')
    await c.record({ out: 'sorted' }, 'images')
    await build(c, ['FROM two', 'ENV T=2'], [], '-t', 'two')
    await c.record({ out: 'sorted' }, 'images')
    const answer = await c.call('POST', '/build?t=BAD')
    c.note('bad name', [answer.status, answer.body])
    for (const query of ['t=a@sha256:' + 'ab'.repeat(32), 'buildargs={', 'labels=[]', 'squash=1']) {
      const { status } = await c.call('POST', `/build?${query}`)
      c.note(query, status)
    }
  })

  check('FROM an image in a registry', async (c) => {
    await c.load('base')
    const remote = `${c.registry('open')}/team/base:1`
    await c.run('tag base:1', remote)
    await c.run('push', remote)
    await c.run('rmi', remote, 'base:1')
    await c.file('context/Dockerfile', `FROM ${remote}\nENV A=1\n`)
    await c.record({ finals: true }, 'build -t built:1 context')
    await c.record({ finals: true }, 'build --pull -t built:1 context')
    await c.file('context/Dockerfile', `FROM ${c.registry('open')}/team/missing:1\n`)
    await c.record({ finals: true }, 'build -t built:1 context')
    await c.file('context/Dockerfile', `FROM scratch\nCOPY --from=${remote} /etc/motd /\n`)
    await c.record({ finals: true }, 'build -t built:1 context')
  })
})
