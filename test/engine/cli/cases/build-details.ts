import { area } from '../harness/area'
import { withoutOwn } from '../harness/own'
import { build, FILES, noteConfig, noteFiles } from './build-support'

export const buildDetails = area('build, details', (check) => {
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
})
