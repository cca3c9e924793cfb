import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { area } from '../harness/area'
import type { Case } from '../harness/transcript'

/** How a container's part reads by which another one's namespace or link is named. */
const SHARED =
  '{{.HostConfig.IpcMode}} {{.HostConfig.PidMode}} {{.HostConfig.NetworkMode}} {{len .HostConfig.Links}}'

async function noteNames(c: Case): Promise<void> {
  await c.record({ out: 'sorted' }, 'ps -a --no-trunc --format', '{{.Names}}')
  await c.record({ out: 'sorted' }, 'ps -a --format', '{{.Names}}')
}

async function noteFiles(c: Case, name: string, path: string): Promise<void> {
  await c.record({ out: 'sorted' }, `diff ${name}`)
  await c.noteTar(`cp ${name}:${path} -`)
}

export const createDetails = area('create: what follows from other settings', (check) => {
  check('namespaces of another container are named by its id', async (c) => {
    await c.load('base')
    await c.docker('create --name first base:1')
    for (const kind of ['ipc', 'pid', 'network']) {
      await c.docker(`create --name ${kind} --${kind} container:first base:1`)
      await c.docker('inspect -f', SHARED, kind)
    }
    await c.docker('create --name later --network container:nobody base:1')
    await c.docker('inspect -f', SHARED, 'later')
  })

  check('--link: in inspect, as a further name, through renames', async (c) => {
    await c.load('base')
    await c.docker('create --name first base:1')
    await c.docker('create --name second --link first:alias base:1')
    await c.json('inspect -f', '{{json .HostConfig.Links}}', 'second')
    await noteNames(c)
    await c.docker('inspect -f', '{{.Name}}', 'second/alias')
    await c.docker('rename second other')
    await c.docker('rename first one')
    await c.json('inspect -f', '{{json .HostConfig.Links}}', 'other')
    await noteNames(c)
    await c.docker('rm -l other/nothing')
    await c.docker('rm -l one')
    await c.docker('rm -l other/alias')
    await c.json('inspect -f', '{{json .HostConfig.Links}}', 'other')
    await noteNames(c)
  })

  check(
    '--link that cannot be, to a container that is gone, in a network of its own',
    async (c) => {
      await c.load('base')
      await c.docker('create --name host --network host base:1')
      await c.docker('create --name child --link host:x base:1')
      await c.docker('create --name lost --network container:nobody base:1')
      await c.docker('create --name child --link lost:x base:1')
      await c.docker('create --name first base:1')
      await c.docker('create --name child --network none --link first base:1')
      await c.docker('rm first')
      await c.json('inspect -f', '{{json .HostConfig.Links}}', 'child')
    },
  )

  check(
    'a working directory is cleaned, and made below a volume before it is seeded',
    async (c) => {
      await c.load('base')
      for (const [number, path] of ['/w/', '/x/../y', '//a//b/.', '/'].entries()) {
        await c.docker(`create --name w${number} -w`, path, 'base:1')
        await c.docker('inspect -f', '{{.Config.WorkingDir}}', `w${number}`)
        await c.record({ out: 'sorted' }, `diff w${number}`)
      }
      await c.docker('create --name box -w /data/in/here -v drawer:/data base:1')
      await noteFiles(c, 'box', '/data')
    },
  )

  check('tmpfs where the image has a volume, and where a mount is', async (c) => {
    await c.load('app', 'base')
    await c.docker('create --name box --tmpfs /data app:1')
    await c.json('inspect -f', '{{json .Mounts}}', 'box')
    await c.docker('create --name both --tmpfs /t --mount type=tmpfs,dst=/t base:1')
    await c.docker('create --name clash --tmpfs /t -v drawer:/t base:1')
    await c.docker('volume ls -q')
  })

  check('a volume of the image at a relative path', async (c) => {
    await c.load('base')
    await c.docker('create --name box -v a/../relative base:1')
    await c.docker('inspect -f', '{{range .Mounts}}{{.Destination}}{{end}}', 'box')
  })

  check('one network only', async (c) => {
    await c.load('base')
    // dockerd names them in an order of chance.
    await c.record({ err: 'none' }, 'create --name box --network bridge --network none base:1')
  })

  check('mounts whose options are of another kind', async (c) => {
    await c.load('base')
    const refused = [
      ['-v', '/tmp:/x:nocopy'],
      ['-v', 'drawer:/x:rslave'],
      ['--mount', 'type=bind,src=/tmp,dst=/x,bind-propagation=nonsense'],
      ['--mount', 'type=volume,src=drawer,dst=/x,bind-propagation=rslave'],
      ['--mount', 'type=tmpfs,dst=/x,bind-propagation=rslave'],
      ['--restart', 'on-failure:-1'],
      ['--storage-opt', 'size=1G'],
      ['--platform', 'nonsense'],
    ]
    for (const [number, flags] of refused.entries()) {
      await c.docker(`create --pull never --name n${number}`, ...flags, 'base:1')
    }
    await c.docker('volume ls -q')
  })

  check('a folder of this machine that is mounted and not there is made by a copy', async (c) => {
    await c.load('base')
    await c.file('note', 'note\n')
    await c.docker(`create --name box -v ${c.dir}/deep/er:/made -v ${c.dir}/other:/o:ro base:1`)
    await c.docker('cp box:/etc/motd motd')
    await c.docker('cp note box:/made/')
    await c.noteTar('cp box:/made -')
    await c.noteTar('cp box:/o -')
    c.note('on this machine', await readdir(join(c.dir, 'deep/er')))
  })

  check('a volume in a volume has its place in the outer one', async (c) => {
    await c.load('base')
    await c.file('note', 'note\n')
    await c.docker('create --name box -v outer:/vol -v inner:/vol/a/b -v third:/data base:1')
    await c.docker('cp note box:/vol/a/b/inner')
    await c.docker('cp note box:/vol/outer')
    await c.noteTar('cp box:/vol -')
    await c.record({ out: 'sorted' }, 'diff box')
    for (const volume of ['outer', 'inner']) {
      await c.docker(`create --name of-${volume} -v ${volume}:/x base:1`)
      await c.noteTar(`cp of-${volume}:/x -`)
    }
  })

  check('what the owners in exports and copies are called', async (c) => {
    await c.load('base', 'other')
    await c.file('passwd', 'a:x:1000:9::/:/\nb:x:1000:9::/:/\nc:x:1001:9::/:/\n')
    await c.file('group', 'staff:x:1001:\n')
    await c.docker('create --name box base:1')
    await c.noteTar('export box')
    for (const name of ['passwd', 'group']) await c.docker(`cp ${name} box:/etc/${name}`)
    await c.noteTar('export box')
    await c.noteTar('cp box:/data -')
    await c.docker('create --name bare other:1 x')
    await c.tar('more.tar', [{ name: 'of-user', uid: 1000, gid: 1000 }])
    await c.record({ input: await c.readFile('more.tar') }, 'cp -a - bare:/')
    await c.noteTar('export bare')
  })

  check('commands of other clients: words and ports without an address', async (c) => {
    await c.load('base')
    const bindings = { '80/tcp': [{ HostPort: '8080' }], '81/udp': [{}], '82/tcp': null }
    const config = {
      ...{ Image: 'base:1', Cmd: 'serve me', Entrypoint: '/bin/tool' },
      HostConfig: { PortBindings: bindings },
    }
    await c.call('POST', '/containers/create?name=box', JSON.stringify(config))
    await c.json('inspect -f', '{{json .HostConfig.PortBindings}}', 'box')
    await c.docker('inspect -f', '{{.Path}} {{json .Args}} {{json .Config.Cmd}}', 'box')
  })

  check('a volume that is there is taken whatever its options would be', async (c) => {
    await c.docker('volume create drawer')
    await c.docker('volume create -o type=tmpfs drawer')
    await c.docker('volume create -o nonsense=1 drawer')
    await c.docker('volume create -d nonsense drawer')
    await c.docker('volume create -o type=tmpfs other')
    await c.json('volume inspect drawer')
  })
})
