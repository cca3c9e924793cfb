import { z } from 'zod'
import { area } from '../harness/area'
import { describeTar } from '../harness/archives'
import { withoutOwn } from '../harness/own'
import { readTar } from '../harness/tar'
import type { Case } from '../harness/transcript'

async function withBox(c: Case, ...flags: string[]): Promise<void> {
  await c.load('app')
  await c.docker('create --name box', ...flags, 'app:1')
  await c.file('new', 'new\n')
  await c.docker('cp new box:/srv/added')
}

async function noteImage(c: Case, name: string): Promise<void> {
  const raw = await c.record({ out: 'none' }, 'image inspect', name)
  c.note(name, withoutOwn(JSON.parse(raw)))
}

/** The files of an image's last layer, as saved. */
async function noteTopLayer(c: Case, name: string): Promise<void> {
  await c.docker('save -o saved.tar', name)
  const entries = await readTar(await c.readFile('saved.tar'))
  const find = (path: string): Buffer => {
    const found = entries.find(({ header }) => header.name === path)
    if (!found) throw new Error(`no ${path} in the archive`)
    return found.content
  }
  const manifest = z
    .array(z.object({ Layers: z.array(z.string()) }))
    .parse(JSON.parse(find('manifest.json').toString()))
  c.note('top layer', await describeTar(find(manifest[0]?.Layers.at(-1) ?? '')))
}

const CHANGES = [
  'CMD ["other"]',
  'ENTRYPOINT ["/x"]',
  'ENV MODE=changed NEW=1',
  'EXPOSE 443',
  'LABEL stage=committed new=1',
  'USER root',
  'VOLUME /more',
  'WORKDIR sub',
  'ONBUILD RUN true',
  'STOPSIGNAL SIGKILL',
  'HEALTHCHECK NONE',
]

export const commit = area('commit', (check) => {
  check('name, message, author', async (c) => {
    await withBox(c)
    await c.docker('commit', '-m', 'what was done', '-a', 'Mei <mei@lab>', 'box', 'saved:1')
    await noteImage(c, 'saved:1')
    await c.docker('history saved:1')
    await c.docker('images')
    await noteTopLayer(c, 'saved:1')
  })

  check('without a name, with -p=false', async (c) => {
    await withBox(c)
    await c.docker('commit --pause=false box')
    await c.docker('images -a')
  })

  check('the layer: added, changed, replaced, with owners', async (c) => {
    await c.load('base')
    await c.docker('create --name box base:1')
    await c.tar('in.tar', [
      { name: 'data/one.txt', content: 'changed\n', uid: 7, gid: 8, mode: 0o600 },
      { name: 'data/new/', uid: 1000, gid: 1000 },
      { name: 'data/new/link', type: 'symlink', linkname: '../one.txt' },
      { name: 'bin/big', content: 'x'.repeat(100_000), mode: 0o4755, uid: 70_000 },
    ])
    await c.record({ input: await c.readFile('in.tar') }, 'cp - box:/')
    await c.docker('commit box saved:1')
    await noteTopLayer(c, 'saved:1')
    await c.docker('image inspect -f', '{{.Size}} {{len .RootFS.Layers}}', 'saved:1')
  })

  check('nothing changed: an empty layer', async (c) => {
    await c.load('base')
    await c.docker('create --name box base:1')
    await c.docker('commit box saved:1')
    await noteImage(c, 'saved:1')
    await c.docker('history saved:1')
    await noteTopLayer(c, 'saved:1')
  })

  for (const change of CHANGES) {
    check(`-c ${change}`, async (c) => {
      await withBox(c)
      await c.docker('commit -c', change, 'box', 'saved:1')
      await c.json('image inspect -f', '{{json .Config}}', 'saved:1')
    })
  }

  check('changes that cannot be', async (c) => {
    await withBox(c)
    const refused = ['RUN true', 'COPY a b', 'NONSENSE x', 'ENV', 'EXPOSE nonsense/x', '', '# none']
    for (const change of refused) {
      await c.docker('commit -c', change, 'box', 'saved:1')
    }
    await c.docker('images')
  })

  check('the container\u2019s own configuration goes into the image', async (c) => {
    await withBox(c, '-e', 'A=b', '-l', 'x=y', '-w', '/opt', '-u', '7', '--entrypoint', '/e')
    await c.docker('commit box saved:1')
    await c.json('image inspect -f', '{{json .Config}}', 'saved:1')
    await c.docker('create --name bare app:1 some command')
    await c.docker('commit bare saved:2')
    await c.json('image inspect -f', '{{json .Config}}', 'saved:2')
  })

  check('names: with a registry, moved, bad', async (c) => {
    await withBox(c)
    await c.docker('commit box lab.example:5000/team/saved:1')
    await c.docker('commit box app:1')
    await c.record({ out: 'sorted' }, 'images --format', '{{.Repository}}:{{.Tag}} {{.Size}}')
    await c.docker('commit box UPPER')
    await c.docker(`commit box saved@sha256:${'ab'.repeat(32)}`)
    await c.docker('commit nothing saved:1')
  })

  check('of a commit, and a container of it', async (c) => {
    await withBox(c)
    await c.docker('commit -m one box saved:1')
    await c.docker('create --name second saved:1')
    await c.docker('cp new second:/srv/second')
    await c.docker('commit -m two second saved:2')
    await c.docker('history saved:2')
    await c.docker('create --name third saved:2')
    await c.noteTar('cp third:/srv -')
    await c.docker('image inspect -f', '{{len .RootFS.Layers}} {{.Size}}', 'saved:2')
  })

  check('what lies in volumes is not committed', async (c) => {
    await c.load('base')
    await c.docker('create --name box -v drawer:/data base:1')
    await c.file('new', 'new\n')
    await c.docker('cp new box:/data/new')
    await c.docker('cp new box:/opt/new')
    await c.docker('commit box saved:1')
    await noteTopLayer(c, 'saved:1')
  })
})
