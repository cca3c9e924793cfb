import { area } from '../harness/area'

export const rmi = area('rmi', (check) => {
  check('by name', async (c) => {
    await c.load('base')
    await c.docker('rmi base:1')
    await c.docker('images')
  })

  check('one of several names only takes the name', async (c) => {
    await c.load('app')
    await c.docker('rmi app')
    await c.docker('images')
    await c.docker('image rm app:1')
  })

  check('by long, short and prefixed id', async (c) => {
    const { ids } = c.fixtures
    await c.load('base', 'other', 'plain')
    await c.docker(`rmi ${ids.base}`)
    await c.docker(`rmi ${ids.other.slice(0, 12)}`)
    await c.docker(`rmi sha256:${ids.plain}`)
    await c.docker('images -a')
  })

  check('by an id that has several names in one repository', async (c) => {
    await c.load('app')
    await c.record({ out: 'sorted' }, `rmi ${c.fixtures.ids.app}`)
    await c.docker('images')
  })

  check('by an id that has names in several repositories needs force', async (c) => {
    await c.load('app')
    await c.docker('tag app:1 elsewhere/app:1')
    await c.docker(`rmi ${c.fixtures.ids.app}`)
    await c.record({ out: 'sorted' }, 'images')
    await c.record({ out: 'sorted' }, `rmi -f ${c.fixtures.ids.app}`)
    await c.docker('images')
  })

  check('several at once, one of them unknown', async (c) => {
    await c.load('base', 'other')
    await c.docker('rmi base:1 nothing:1 other:1')
    await c.docker('images')
  })

  check('of an image that a container uses', async (c) => {
    await c.load('base')
    c.alias('box', await c.docker('create --name box base:1'))
    await c.docker('rmi base:1')
    await c.docker(`rmi ${c.fixtures.ids.base}`)
    await c.docker('rmi -f base:1')
    await c.docker('images -a')
    await c.docker('ps -a --format', '{{.Names}} {{.Image}}')
  })

  check('-f by id of an image that a container uses', async (c) => {
    await c.load('base')
    await c.docker('create --name box base:1')
    await c.docker(`rmi -f ${c.fixtures.ids.base}`)
    await c.docker('ps -a --format', '{{.Names}} {{.Image}}')
    await c.docker('rm box')
  })

  check('a second name goes although a container uses the image', async (c) => {
    await c.load('app')
    await c.docker('create --name box app:1')
    await c.docker('rmi app:latest')
    await c.docker('rmi app:1')
  })

  check('of a parent whose child lives', async (c) => {
    await c.load('base')
    await c.docker('create --name box base:1')
    await c.docker('commit -m child box child:1')
    await c.docker('rm box')
    await c.docker('rmi base:1')
    await c.docker(`rmi ${c.fixtures.ids.base}`)
    await c.docker('rmi child:1')
    await c.docker('images -a')
  })

  check('of what was built removes its untagged parents, --no-prune keeps them', async (c) => {
    await c.load('base')
    await c.file('Dockerfile', 'FROM base:1\nENV A=1\nENV B=2\n')
    await c.docker('build -q -t built:1 .')
    await c.docker('rmi --no-prune built:1')
    await c.record({ out: 'sorted' }, 'images -a --format', '{{.Repository}}:{{.Tag}}')
    await c.docker('build -q -t built:1 .')
    await c.docker('rmi built:1')
    await c.record({ out: 'sorted' }, 'images -a --format', '{{.Repository}}:{{.Tag}}')
  })

  check('shared layers stay for the other image', async (c) => {
    await c.load('base', 'app')
    await c.docker('rmi base:1')
    await c.docker('create --name box app:1')
    await c.docker('cp box:/etc/motd motd')
    c.note('motd', (await c.readFile('motd')).toString())
  })

  check('by digest, after a push', async (c) => {
    await c.load('other')
    const repository = `${c.registry('open')}/rmi/other`
    await c.docker(`tag other:1 ${repository}:1`)
    await c.record({ out: 'none' }, `push -q ${repository}:1`)
    const digest = await c.docker('image inspect -f', '{{index .RepoDigests 0}}', 'other:1')
    await c.docker('rmi', `${repository}:1`)
    await c.docker('images --digests')
    await c.docker('rmi', digest)
    await c.docker('images --digests')
  })

  check('unknown names', async (c) => {
    for (const name of ['nothing', 'nothing:1', 'ns/nothing:1', 'x.y/nothing', '0123456789ab']) {
      await c.docker('rmi', name)
    }
    await c.docker('rmi -f nothing:1')
    await c.docker(`rmi sha256:${'cd'.repeat(32)}`)
    await c.docker('rmi UPPER:1')
    await c.docker('rmi', 'a:b:c')
  })
})

export const prune = area('image prune', (check) => {
  check('takes only what has no name', async (c) => {
    await c.load('base', 'plain')
    await c.record({ out: 'sorted' }, 'image prune -f')
    await c.docker('images -a')
    await c.docker('image prune -f')
  })

  check('-a takes what no container uses', async (c) => {
    await c.load('base', 'app', 'other', 'plain')
    await c.docker('create --name box other:1')
    await c.record({ out: 'sorted' }, 'image prune -a -f')
    await c.docker('images -a')
  })

  check('by label', async (c) => {
    await c.load('base', 'app', 'other')
    await c.record({ out: 'sorted' }, 'image prune -a -f --filter label=team=lab')
    await c.docker('images')
    await c.record({ out: 'sorted' }, 'image prune -a -f --filter label!=team=lab')
    await c.docker('images')
  })

  check('until', async (c) => {
    await c.load('base', 'app', 'other')
    await c.record({ out: 'sorted' }, 'image prune -a -f --filter until=2021-05-01T00:00:00Z')
    await c.docker('images')
    await c.record({ out: 'sorted' }, 'image prune -a -f --filter until=24h')
    await c.docker('image prune -a -f --filter until=whenever')
  })

  check('filters that do not exist', async (c) => {
    await c.docker('image prune -f --filter colour=blue')
    await c.docker('image prune -f --filter dangling=maybe')
  })

  check('asks first', async (c) => {
    await c.load('plain')
    await c.record({ input: 'n\n' }, 'image prune')
    await c.docker('images -a')
    await c.record({ input: 'y\n', out: 'sorted' }, 'image prune')
    await c.docker('images -a')
  })

  check('keeps an untagged image that a container uses or that has a child', async (c) => {
    await c.load('plain')
    await c.docker(`create --name box ${c.fixtures.ids.plain}`)
    await c.docker('image prune -f')
    await c.docker('commit box child:1')
    await c.docker('rm box')
    await c.docker('image prune -f')
    await c.docker('images -a')
  })

  check('system prune takes containers and untagged images', async (c) => {
    await c.load('base', 'plain')
    await c.docker('create --name box base:1')
    await c.docker('volume create kept')
    await c.record({ out: 'sorted' }, 'system prune -f')
    await c.docker('system prune -f -a --volumes')
  })
})
