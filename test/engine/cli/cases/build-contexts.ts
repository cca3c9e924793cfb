import { gzipSync } from 'node:zlib'
import { area } from '../harness/area'
import { makeTar, type TarEntry } from '../harness/tar'
import { build, FILES, noteConfig, noteFiles } from './build-support'

export const buildContexts = area('build, contexts and Dockerfiles', (check) => {
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
