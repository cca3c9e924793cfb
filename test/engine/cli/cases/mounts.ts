import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { area } from '../harness/area'
import { withoutOwn } from '../harness/own'
import type { Case } from '../harness/transcript'

async function noteMounts(c: Case, name = 'box'): Promise<void> {
  const raw = await c.record({ out: 'none' }, 'container inspect -f', MOUNTS, name)
  const shown = z.looseObject({ binds: z.array(z.string()).nullable() }).parse(JSON.parse(raw))
  // The CLI reads what -v gave from a map: its order is chance.
  shown.binds?.sort()
  c.note(`mounts of ${name}`, withoutOwn(shown))
}

const MOUNTS =
  '{"Mounts":{{json .Mounts}},"binds":{{json .HostConfig.Binds}},' +
  '"config":{{json .HostConfig.Mounts}},"volumes":{{json .Config.Volumes}}}'

export const mounts = area('mounts', (check) => {
  check('-v of a named volume, of a folder, of neither', async (c) => {
    await c.load('base')
    await mkdir(join(c.dir, 'host'))
    await c.docker(`create --name box -v drawer:/drawer -v ${c.dir}/host:/host:ro base:1`)
    await noteMounts(c)
    await c.docker(`create --name more -v drawer:/x:ro -v ${c.dir}/made:/made:z base:1`)
    await noteMounts(c, 'more')
    await c.docker('volume ls')
  })

  check('-v without a source makes an anonymous volume', async (c) => {
    await c.load('base')
    await c.docker('create --name box -v /data -v /other base:1')
    await noteMounts(c)
    await c.record({ out: 'sorted' }, 'volume ls')
    await c.docker('rm -v box')
    await c.docker('volume ls')
  })

  check('volumes of the image', async (c) => {
    await c.load('app')
    await c.docker('create --name box app:1')
    await noteMounts(c)
    await c.docker('create --name named -v drawer:/data app:1')
    await noteMounts(c, 'named')
    await c.docker('rm box')
    await c.record({ out: 'sorted' }, 'volume ls')
  })

  check('--mount of every type', async (c) => {
    await c.load('base')
    await mkdir(join(c.dir, 'host'))
    await c.docker(
      'create --name box',
      ...['--mount', 'type=volume,src=drawer,dst=/drawer,volume-label=a=b'],
      ...['--mount', `type=bind,src=${c.dir}/host,dst=/host,readonly`],
      ...['--mount', 'type=tmpfs,dst=/fast,tmpfs-size=1048576,tmpfs-mode=1770'],
      ...['--mount', 'type=volume,dst=/anonymous,volume-nocopy'],
      'base:1',
    )
    await noteMounts(c)
    await c.json('volume inspect -f', '{{json .Labels}}', 'drawer')
  })

  check('--mount with bind propagation and driver options', async (c) => {
    await c.load('base')
    await mkdir(join(c.dir, 'host'))
    await c.docker(
      'create --name box',
      ...['--mount', `type=bind,src=${c.dir}/host,dst=/host,bind-propagation=rslave`],
      ...[
        '--mount',
        'type=volume,src=opts,dst=/o,volume-driver=local,volume-opt=type=tmpfs,volume-opt=device=tmpfs',
      ],
      'base:1',
    )
    await noteMounts(c)
    await c.docker(`create --name slave -v ${c.dir}/host:/host:rslave,ro base:1`)
    await noteMounts(c, 'slave')
  })

  check('--volumes-from, as it is and read-only', async (c) => {
    await c.load('base')
    await mkdir(join(c.dir, 'host'))
    await c.docker(`create --name first -v drawer:/drawer -v /own -v ${c.dir}/host:/h base:1`)
    await c.docker('create --name box --volumes-from first base:1')
    await noteMounts(c)
    await c.docker('create --name reader --volumes-from first:ro base:1')
    await noteMounts(c, 'reader')
    await c.json('inspect -f', '{{json .HostConfig.VolumesFrom}}', 'reader')
    await c.docker('create --name bad --volumes-from first:nonsense base:1')
  })

  check('two mounts at one place', async (c) => {
    await c.load('base')
    await c.docker('create --name box -v aa:/x -v bb:/x base:1')
    await c.docker('create --name again', '--mount', 'src=aa,dst=/x', '-v', 'bb:/x', 'base:1')
    await c.docker('create --name tmp', '--tmpfs', '/x', '-v', 'bb:/x', 'base:1')
    // dockerd leaves behind what it had made before it noticed.
    await c.docker('volume rm -f aa bb')
  })

  check('a new volume is filled from the image when the container is made', async (c) => {
    await c.load('base')
    await c.docker('create --name box -v drawer:/data base:1')
    await c.docker('cp box:/data/one.txt one')
    c.note('one', (await c.readFile('one')).toString())
    await c.docker('create --name other -v drawer:/elsewhere base:1')
    await c.noteTar('cp other:/elsewhere -')
  })

  check('a volume that has content, nocopy, and read-only', async (c) => {
    await c.load('base')
    await c.docker('create --name first -v drawer:/opt base:1')
    await c.docker('create --name box -v drawer:/data base:1')
    await c.noteTar('cp box:/data -')
    await c.docker('create --name bare -v empty:/data:nocopy base:1')
    await c.noteTar('cp bare:/data -')
    await c.docker('create --name reader -v filled:/data:ro base:1')
    await c.noteTar('cp reader:/data -')
    await c.docker('cp .docker reader:/data/no')
  })

  check('what is copied into a volume is in the volume, not in the container', async (c) => {
    await c.load('base')
    await c.docker('create --name box -v drawer:/data base:1')
    await c.file('new.txt', 'new\n')
    await c.docker('cp new.txt box:/data/new.txt')
    await c.docker('diff box')
    await c.docker('rm box')
    await c.docker('create --name next -v drawer:/data base:1')
    await c.noteTar('cp next:/data -')
  })

  check('cp through a bind mount', async (c) => {
    await c.load('base')
    await c.file('host/here.txt', 'here\n')
    await c.docker(`create --name box -v ${c.dir}/host:/host base:1`)
    await c.docker('cp box:/host/here.txt copy')
    c.note('copy', (await c.readFile('copy')).toString())
    await c.file('back.txt', 'back\n')
    await c.docker('cp back.txt box:/host/')
    c.note('back', (await c.readFile('host/back.txt')).toString())
  })
})

export const volumes = area('volumes', (check) => {
  check('create, inspect, ls, rm', async (c) => {
    await c.docker('volume create drawer')
    await c.json('volume inspect drawer')
    await c.docker('volume ls')
    await c.docker('volume ls -q')
    await c.docker('volume rm drawer')
    await c.docker('volume ls')
  })

  check('labels and options', async (c) => {
    await c.docker('volume create --label a=b --label bare --name drawer')
    await c.docker(
      'volume create',
      '-o',
      'type=tmpfs',
      '-o',
      'device=tmpfs',
      '-o',
      'o=size=1m',
      'x',
    )
    await c.json('volume inspect drawer x')
    await c.docker('volume create -o nonsense=1 y')
  })

  check('a name made by chance', async (c) => {
    const name = await c.docker('volume create')
    await c.docker(`volume inspect -f`, '{{.Name}} {{.Driver}} {{.Scope}}', name)
    await c.docker(`volume rm ${name}`)
  })

  check('the same again, names that cannot be', async (c) => {
    await c.docker('volume create drawer')
    await c.docker('volume create drawer')
    await c.docker('volume create --label other=1 drawer')
    for (const name of ['a', 'a/b', '-x', '../up', 'a b', 'Big.name_1-x']) {
      await c.docker('volume create', name)
    }
    await c.docker('volume ls')
  })

  check('filters', async (c) => {
    await c.load('base')
    await c.docker('volume create --label a=b first')
    await c.docker('volume create --label a=c second')
    await c.docker('create --name box -v second:/x base:1')
    for (const filter of [
      'name=fir',
      'name=second',
      'label=a',
      'label=a=b',
      'dangling=true',
      'dangling=false',
      'driver=local',
      'driver=none',
      'colour=blue',
      'dangling=maybe',
    ]) {
      await c.docker(`volume ls -f ${filter}`)
    }
  })

  check('formats', async (c) => {
    await c.docker('volume create --label a=b drawer')
    await c.docker('volume ls --format', '{{.Name}} {{.Driver}} {{.Scope}} {{.Mountpoint}}')
    await c.docker('volume ls --format', '{{.Labels}} {{.Label "a"}} {{.Links}} {{.Size}}')
    await c.json('volume ls --format json')
    await c.docker('volume inspect -f', '{{.Mountpoint}} {{index .Labels "a"}}', 'drawer')
  })

  check('rm of what is used, of nothing, with force', async (c) => {
    await c.load('base')
    await c.docker('create --name box -v drawer:/x base:1')
    await c.docker('volume rm drawer')
    await c.docker('volume rm -f drawer')
    await c.docker('volume rm nothing')
    await c.docker('volume rm -f nothing')
    await c.docker('rm box')
    await c.docker('volume rm drawer nothing')
    await c.docker('volume inspect nothing')
  })

  check('prune takes the anonymous ones that nobody uses', async (c) => {
    await c.load('base')
    await c.docker('volume create named')
    await c.docker('create --name box -v used:/x base:1')
    await c.docker('create --name gone -v /anonymous base:1')
    await c.docker('rm gone')
    await c.record({ out: 'sorted' }, 'volume prune -f')
    await c.docker('volume ls')
    await c.record({ out: 'sorted' }, 'volume prune -f -a')
    await c.docker('volume ls')
  })

  check('prune by label', async (c) => {
    await c.docker('volume create --label keep=1 kept')
    await c.docker('volume create --label keep=0 gone')
    await c.record({ out: 'sorted' }, 'volume prune -f --filter label!=keep=1')
    await c.docker('volume ls -q')
    await c.record({ out: 'sorted' }, 'volume prune -f --filter label=keep')
    await c.docker('volume prune -f --filter colour=blue')
  })

  check('the API: list and inspect', async (c) => {
    await c.docker('volume create --label a=b drawer')
    await c.api('/volumes')
    await c.api('/volumes/drawer')
    await c.api('/v1.41/volumes?filters=%7B%22name%22%3A%5B%22none%22%5D%7D')
  })

  check('rm -v keeps named volumes', async (c) => {
    await c.load('app')
    await c.docker('create --name box -v drawer:/x -v /anonymous app:1')
    await c.docker('rm -f -v box')
    await c.docker('volume ls')
  })
})
