import { chmod, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { area } from '../harness/area'
import { makeTar } from '../harness/tar'
import type { Case } from '../harness/transcript'

/** Builds `built:1` from a Dockerfile; what it prints is compared step by step. */
async function build(c: Case, dockerfile: string | string[], ...flags: string[]): Promise<void> {
  const lines = Array.isArray(dockerfile) ? dockerfile : [dockerfile]
  await c.file('context/Dockerfile', `${lines.join('\n')}\n`)
  await c.docker('build -t built:1', ...flags, 'context')
}

async function noteConfig(c: Case, name = 'built:1'): Promise<void> {
  await c.json('image inspect -f', '{{json .Config}}', name)
}

/** All files of the image, read through a container. */
async function noteFiles(c: Case, name = 'built:1', path = '/'): Promise<void> {
  await c.docker('create --name reader', name, '/x')
  await c.noteTar(`cp reader:${path} -`)
  await c.docker('rm -v reader')
}

async function context(c: Case): Promise<void> {
  await c.file('context/a.txt', 'a\n')
  await c.file('context/b.txt', 'b\n')
  await c.file('context/dir/c.txt', 'c\n')
  await c.file('context/dir/deep/d.txt', 'd\n')
  await chmod(await c.file('context/script.sh', '#!/bin/sh\n'), 0o755)
  await symlink('a.txt', join(c.dir, 'context/link'))
}

const ONE_LINERS: [string, string[]][] = [
  ['ENV', ['ENV A=1 B="two words" PATH=/x:$PATH', 'ENV OLD the old form', 'ENV C=${A}-$B']],
  ['LABEL', ['LABEL a=b "c d"="e f"', 'LABEL stage=built\\', '  more=yes']],
  ['CMD and ENTRYPOINT', ['ENTRYPOINT ["/bin/tool", "x"]', 'CMD ["a", "b"]']],
  ['CMD, shell form', ['CMD tool --flag "quoted words"', 'ENTRYPOINT exec tool']],
  ['ENTRYPOINT after CMD', ['CMD ["a"]', 'ENTRYPOINT ["b"]']],
  ['EXPOSE', ['ENV P=99', 'EXPOSE 80 53/udp $P 7000-7002']],
  ['VOLUME', ['VOLUME /data /more', 'VOLUME ["/json", "/two"]']],
  ['USER', ['USER user', 'USER 1000:50']],
  ['WORKDIR', ['WORKDIR /srv', 'WORKDIR sub/dir', 'ENV D=/env', 'WORKDIR $D']],
  ['STOPSIGNAL', ['STOPSIGNAL SIGUSR1']],
  ['SHELL', ['SHELL ["/bin/other", "-c"]', 'CMD words']],
  ['ONBUILD', ['ONBUILD ENV X=1', 'ONBUILD COPY . /x']],
  ['HEALTHCHECK', ['HEALTHCHECK --interval=9s --timeout=3s --retries=4 CMD tool -h']],
  ['HEALTHCHECK NONE', ['HEALTHCHECK NONE']],
  ['MAINTAINER', ['MAINTAINER Mei <mei@lab>']],
  ['ARG', ['ARG V=default', 'ARG UNSET', 'ENV A=$V B=${UNSET:-fallback} C=${V:+set}']],
  ['comments, blank lines, case', ['# a note', '', 'env a=1', '  # another', 'Label x=y']],
  ['escape directive', ['ENV A=1 `', '  B=2']],
]

export const building = area('build', (check) => {
  for (const [name, lines] of ONE_LINERS) {
    check(name, async (c) => {
      await c.load('base')
      const head = name === 'escape directive' ? ['# escape=`'] : []
      await build(c, [...head, 'FROM base:1', ...lines])
      await noteConfig(c)
      await c.docker('history built:1')
    })
  }

  check('FROM scratch', async (c) => {
    await context(c)
    await build(c, ['FROM scratch', 'COPY a.txt /', 'CMD ["/a.txt"]'])
    await noteConfig(c)
    await noteFiles(c)
    await c.docker('history built:1')
  })

  check('COPY: files, folders, patterns, several, relative', async (c) => {
    await c.load('other')
    await context(c)
    await build(c, [
      'FROM other:1',
      'WORKDIR /w',
      'COPY a.txt named',
      'COPY a.txt b.txt into/',
      'COPY dir folder',
      'COPY dir/ /top/',
      'COPY *.txt /globbed/',
      'COPY ["a.txt", "b.txt", "/list/"]',
      'COPY script.sh /bin/',
      'COPY link /link-target',
      'COPY . /all/',
    ])
    await noteFiles(c)
  })

  check('COPY --chown', async (c) => {
    await c.load('base')
    await context(c)
    await build(c, [
      'FROM base:1',
      'COPY --chown=1000:50 a.txt /one',
      'COPY --chown=user dir /two',
      'COPY --chown=user:staff b.txt /three',
      'COPY --chown=7 b.txt /four',
    ])
    await noteFiles(c)
  })

  check('ADD unpacks archives, COPY does not', async (c) => {
    await c.load('other')
    const tar = await makeTar([
      { name: 'in/' },
      { name: 'in/file', content: 'in\n', uid: 5, gid: 6, mode: 0o640 },
      { name: 'in/link', type: 'symlink', linkname: 'file' },
    ])
    const { gzipSync } = await import('node:zlib')
    await c.file('context/plain.tar', tar)
    await c.file('context/packed.tar.gz', gzipSync(tar))
    await build(c, ['FROM other:1', 'ADD plain.tar /plain/', 'ADD packed.tar.gz /gz/'])
    await noteFiles(c)
    // The bytes of a compressed file are not the engine's business: they stay as they are.
    await build(c, ['FROM other:1', 'COPY plain.tar /x/', 'COPY packed.tar.gz /x/'])
    await noteFiles(c)
  })

  check('ADD of a URL', async (c) => {
    await c.load('other')
    const address = await c.serve({ '/file.txt': Buffer.from('from afar\n') })
    await build(c, ['FROM other:1', `ADD http://${address}/file.txt /there`])
    await c.docker('create --name reader built:1 /x')
    await c.docker('cp reader:/there there')
    c.note('content', (await c.readFile('there')).toString())
  })

  check('several stages, COPY --from a name, a number, an image', async (c) => {
    await c.load('base', 'other')
    await context(c)
    await build(c, [
      'FROM base:1 AS first',
      'COPY a.txt /made/',
      'ENV LOST=1',
      'FROM other:1 AS second',
      'COPY b.txt /second',
      'FROM scratch',
      'COPY --from=first /made/a.txt /one',
      'COPY --from=1 /second /two',
      'COPY --from=base:1 /etc/motd /three',
      'COPY --from=first --chown=3:4 /data /data',
    ])
    await noteFiles(c)
    await noteConfig(c)
  })

  check('FROM an earlier stage, --target', async (c) => {
    await c.load('base')
    const lines = [
      'FROM base:1 AS one',
      'ENV A=1',
      'FROM one AS two',
      'ENV B=2',
      'FROM two',
      'ENV C=3',
    ]
    await build(c, lines)
    await noteConfig(c)
    await build(c, lines, '--target', 'two')
    await noteConfig(c)
    await build(c, lines, '--target', 'TWO')
    await build(c, lines, '--target', 'nothing')
  })

  check('--build-arg, ARG before FROM, args nobody asked for', async (c) => {
    await c.load('base')
    await build(
      c,
      ['ARG BASE=nothing', 'FROM $BASE', 'ARG V=default', 'ARG BASE', 'ENV V=$V BASE=$BASE'],
      ...['--build-arg', 'BASE=base:1', '--build-arg', 'V=given', '--build-arg', 'OTHER=x'],
    )
    await noteConfig(c)
  })

  check('.dockerignore', async (c) => {
    await c.load('other')
    await context(c)
    await c.file('context/.dockerignore', '# note\n*.txt\n!b.txt\ndir/deep\n**/c.*\n')
    await build(c, ['FROM other:1', 'COPY . /x/'])
    await noteFiles(c)
    await build(c, ['FROM other:1', 'COPY a.txt /x/'])
  })

  check('the cache: the same again, another file, another command', async (c) => {
    await c.load('base')
    await context(c)
    const lines = ['FROM base:1', 'ENV A=1', 'COPY a.txt /a', 'COPY b.txt /b', 'LABEL x=y']
    await build(c, lines)
    await build(c, lines)
    await c.file('context/a.txt', 'changed\n')
    await build(c, lines)
    await build(c, [...lines.slice(0, 3), 'LABEL x=z'])
    await build(c, lines, '--no-cache')
  })

  check('-q, -f, a file from the pipe, a context from the pipe', async (c) => {
    await c.load('base')
    await context(c)
    await c.file('context/other.Dockerfile', 'FROM base:1\nCOPY a.txt /other\n')
    await c.docker('build -q -t quiet:1 -f context/other.Dockerfile context')
    await c.record({ input: 'FROM base:1\nENV PIPED=1\n' }, 'build -t piped:1 -')
    const tar = await makeTar([
      { name: 'Dockerfile', content: 'FROM base:1\nCOPY in.txt /in\n' },
      { name: 'in.txt', content: 'in\n' },
    ])
    await c.record({ input: tar }, 'build -t tarred:1 -')
    // The CLI gives that Dockerfile a name made by chance, and the context that much more length.
    const piped = { input: 'FROM base:1\nCOPY a.txt /a\n', finals: true }
    await c.record(piped, 'build -t mixed:1 -f - context')
    await c.docker('build -t none:1 -f missing context')
  })

  check('several names, no name, --label, --iidfile', async (c) => {
    await c.load('base')
    await c.file('context/Dockerfile', 'FROM base:1\nENV A=1\n')
    await c.docker('build -t one:1 -t two context')
    await c.record({ out: 'sorted' }, 'images')
    await c.docker('build --label x=y --label stage=flag -t labels:1 context')
    await noteConfig(c, 'labels:1')
    await c.docker('build --iidfile id context')
    c.note('file', (await c.readFile('id')).toString())
    await c.docker('build -t UPPER context')
  })

  check('ONBUILD runs in the next build', async (c) => {
    await c.load('base')
    await context(c)
    await build(c, ['FROM base:1', 'ONBUILD ENV TRIGGERED=1', 'ONBUILD COPY a.txt /triggered'])
    await c.docker('tag built:1 trigger:1')
    await build(c, ['FROM trigger:1', 'LABEL after=1'])
    await noteConfig(c)
    await noteFiles(c)
  })

  check('WORKDIR makes its folder, VOLUME keeps what is in it', async (c) => {
    await c.load('other')
    await context(c)
    await build(c, [
      'FROM other:1',
      'WORKDIR /made/here',
      'COPY a.txt .',
      'COPY b.txt ./sub/',
      'VOLUME /made',
    ])
    await noteFiles(c, 'built:1', '/')
    await c.docker('history built:1')
  })

  check('a file replaced and a folder merged by a later COPY', async (c) => {
    await c.load('base')
    await context(c)
    await build(c, ['FROM base:1', 'COPY a.txt /etc/motd', 'COPY dir /opt', 'COPY a.txt /bin/tool'])
    await noteFiles(c)
    await c.docker('image inspect -f', '{{.Size}} {{len .RootFS.Layers}}', 'built:1')
  })

  check('Dockerfiles that cannot be', async (c) => {
    await c.load('base')
    await context(c)
    for (const lines of [
      ['FROM base:1', 'NONSENSE x'],
      ['ENV A=1'],
      [''],
      ['FROM'],
      ['FROM base:1', 'COPY a.txt'],
      ['FROM base:1', 'COPY missing.txt /x'],
      ['FROM base:1', 'COPY ../outside /x'],
      ['FROM base:1', 'COPY a.txt b.txt /x'],
      ['FROM base:1', 'COPY --nonsense a.txt /x'],
      ['FROM base:1', 'ENV'],
      ['FROM base:1', 'WORKDIR'],
      ['FROM base:1', 'EXPOSE nonsense'],
      ['FROM base:1', 'STOPSIGNAL SIGNOTHING'],
      ['FROM base:1', 'ONBUILD FROM x'],
      ['FROM base:1', 'COPY --chown=nobodyhere a.txt /x'],
      ['FROM base:1', 'CMD ["not json'],
      ['FROM base:1', 'HEALTHCHECK'],
      ['FROM base:1 AS a b'],
    ]) {
      await build(c, lines)
    }
    await c.docker('images -a')
  })
})
