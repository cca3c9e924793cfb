import { area } from '../harness/area'
import { events, eventsOf } from './system'

export const systemDetails = area('system, details', (check) => {
  check('df: formats, -v of everything, shared layers, active and not', async (c) => {
    await c.load('base', 'app', 'other', 'plain')
    await c.docker('create --name box -v drawer:/data -v /anonymous app:1')
    await c.docker('create --name second other:1 /x')
    await c.file('big', 'x'.repeat(5000))
    await c.docker('cp big second:/big')
    await c.docker('volume create -o type=tmpfs -o device=tmpfs tmp')
    await c.docker('system df')
    await c.record({ out: 'sorted' }, 'system df -v')
    await c.json('system df --format json')
    await c.docker('system df --format', 'table {{.Type}}\t{{.Active}}')
    await c.record({ out: 'none' }, 'system df -v --format json')
    await c.docker('system df --format', '{{.Nothing}}')
    await c.docker('rm -v box second')
    await c.docker('system df')
    await c.docker('builder du')
  })

  check('system prune: -a, --volumes, filters, what it asks', async (c) => {
    await c.load('base', 'plain', 'other')
    await c.docker('create --name box -l keep=1 -v drawer:/data base:1')
    await c.docker('create --name gone -v /anonymous other:1 /x')
    await c.docker('volume create --label keep=1 kept')
    await c.docker('volume create unused')
    await c.record({ input: 'n\n' }, 'system prune')
    await c.record({ input: 'n\n' }, 'system prune -a --volumes')
    await c.record({ input: 'n\n' }, 'system prune --filter until=1h --filter label=x')
    await c.docker('system prune -f --volumes --filter until=1h')
    await c.record({ out: 'sorted' }, 'system prune -f --filter label!=keep')
    await c.record({ out: 'sorted' }, 'system prune -f --filter until=1h')
    await c.docker('system prune -f --filter colour=blue')
    await c.record({ out: 'sorted' }, 'system prune -f --volumes --filter label!=keep')
    await c.record({ out: 'sorted' }, 'volume ls -q')
    await c.record({ out: 'sorted' }, 'system prune -a -f --volumes')
    await c.docker('ps -a')
    await c.docker('images -a')
    await c.docker('volume ls')
  })

  check('container prune: filters together, of labels, until', async (c) => {
    await c.load('base')
    await c.docker('create --name one -l a=1 base:1')
    await c.docker('create --name two -l a=2 -v drawer:/x base:1')
    for (const filter of [
      'label=a=1 --filter label=a=2',
      'until=24h',
      'until=nonsense',
      'until=1h --filter until=2h',
      'label=none',
      'label!=a',
      'status=created',
      'name=one',
    ]) {
      await c.docker(`container prune -f --filter ${filter}`)
    }
    await c.record({ input: 'n\n' }, 'container prune')
    await c.record({ input: 'n\n' }, 'container prune --filter label=x')
    await c.docker('container prune -f --filter label=a=1')
    await c.docker('ps -a --format', '{{.Names}}')
    await c.docker('volume ls -q')
  })

  check(
    'volumes: ls with several filters, prune with filters, inspect with templates',
    async (c) => {
      await c.docker('volume create --label a=1 one')
      await c.docker('volume create --label a=2 two')
      await c.docker('volume create three')
      for (const filters of [
        'name=o -f name=t',
        'label=a -f label=a=1',
        'label=a=1 -f label=a=2',
        'name=^one$',
        'name=one -f dangling=true',
        'label=',
        'name=[',
        'dangling=1',
        'dangling=0',
        'dangling=true -f dangling=false',
        'driver=local -f driver=none',
        'label!=a',
      ]) {
        await c.docker(`volume ls -q -f ${filters}`)
      }
      await c.docker('volume ls --format', 'table {{.Name}}\t{{.Labels}}')
      await c.docker('volume ls --format', '{{json .}}')
      await c.docker('volume ls nonsense')
      await c.docker('volume inspect one nothing two')
      await c.docker(
        'volume inspect -f',
        '{{json .Labels}} {{.Options}} {{.CreatedAt}}',
        'one',
        'three',
      )
      await c.docker('volume create --driver local four')
      await c.docker('volume create --opt device=x five')
      await c.docker('volume create --opt type=none --opt o=bind --opt device=/nowhere six')
      await c.docker('volume create --label', 'x y=z', 'seven')
      await c.docker('volume create one two')
      await c.docker('volume create --name one two')
      await c.record({ out: 'sorted' }, 'volume prune -f --filter label=a=1')
      await c.record({ out: 'sorted' }, 'volume prune -f --filter label!=a --filter label!=x')
      await c.record({ input: 'n\n' }, 'volume prune')
      await c.docker('volume prune -f --filter all=1')
      await c.docker('volume prune -a -f --filter all=0')
      await c.record({ out: 'sorted' }, 'volume rm one two three')
      await c.record({ out: 'sorted' }, 'volume ls -q')
      await c.docker('volume update one')
    },
  )

  check('events as they are printed without a format', async (c) => {
    await c.load('base')
    await events(
      c,
      [],
      async () => {
        await c.docker('create --name box -l x=y -v drawer:/d base:1')
        await c.docker('commit -m why box saved:1')
        await c.docker('rm box')
      },
      null,
    )
  })

  check('events of pushes, pulls, prunes, and of what was made by chance', async (c) => {
    await c.load('base', 'plain')
    const name = `${c.registry('open')}/events/base:1`
    await c.docker(`tag base:1 ${name}`)
    await events(c, [], async () => {
      await c.run(`push -q ${name}`)
      await c.docker(`rmi ${name} base:1`)
      await c.run(`pull -q ${name}`)
      await c.docker(`create --name box ${name}`)
      await c.record({ out: 'none' }, 'container prune -f')
      await c.record({ out: 'none' }, 'image prune -f')
      await c.docker('volume create x')
      await c.record({ out: 'none' }, 'volume prune -f')
      await c.run('kill box')
    })
  })

  check('events: filters together', async (c) => {
    await c.load('base', 'app')
    const told = await eventsOf(c, async () => {
      await c.run('create --name box -l x=y base:1')
      await c.run('create --name other -v drawer:/d app:1')
      await c.run('tag base:1 more:1')
      await c.run('rmi more:1')
      await c.run('rename box better')
      await c.run('rm better')
      await c.run('rm other')
      await c.run('volume rm drawer')
    })
    for (const filters of [
      ['type=container', 'event=create'],
      ['type=container', 'type=volume', 'event=destroy'],
      ['container=box', 'container=other'],
      ['container=better'],
      ['image=base'],
      ['image=app:1'],
      ['image=more:1'],
      ['volume=drawer'],
      ['label=x', 'event=create'],
      ['label=stage=app'],
      ['scope=local', 'event=untag'],
      ['scope=swarm'],
      ['daemon=x'],
      ['network=bridge'],
      ['event=nonsense'],
    ]) {
      await told(filters)
    }
  })

  check('swarm, networks, plugins: what is not there', async (c) => {
    await c.docker('network inspect bridge -f', '{{.Name}} {{.Scope}} {{.Driver}} {{.Internal}}')
    await c.docker('network ls -f driver=bridge --format', '{{.Name}}')
    await c.docker('network ls -f name=o --format', '{{.Name}}')
    await c.docker('network ls -f colour=blue')
    await c.docker('network rm bridge')
    await c.docker('network connect nothing box')
    await c.docker('network disconnect nothing box')
    await c.docker('config ls')
    await c.docker('stack ls')
    await c.docker('service create x')
    await c.docker('swarm join-token worker')
    await c.docker('plugin inspect nothing')
    await c.docker('plugin rm nothing')
    await c.docker('plugin enable nothing')
    await c.docker('checkpoint ls nothing')
  })
})
