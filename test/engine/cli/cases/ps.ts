import { area } from '../harness/area'
import type { Case } from '../harness/transcript'

async function threeBoxes(c: Case): Promise<string[]> {
  await c.load('base', 'app')
  return [
    await c.docker('create --name first -l a=b -l stage=x -p 8080:80/udp base:1 one'),
    await c.docker('create --name second -l a=c -v drawer:/data --network host app:1'),
    await c.docker(`create --name third --health-cmd x ${c.fixtures.ids.base} two`),
  ]
}

export const ps = area('ps', (check) => {
  check('several filters, several values', async (c) => {
    const [first = '', second = ''] = await threeBoxes(c)
    for (const filters of [
      ['name=first', 'name=third'],
      ['name=first', 'label=a=c'],
      ['label=a', 'label=stage'],
      ['label=a=b', 'label=a=c'],
      ['status=created', 'status=exited'],
      ['ancestor=base:1', 'ancestor=app:1'],
      ['ancestor=base'],
      [`ancestor=sha256:${c.fixtures.ids.base}`],
      ['volume=drawer', 'volume=nothing'],
      ['volume=/data'],
      ['network=host', 'network=bridge'],
      ['network=nothing'],
      [`id=${first}`, `id=${second}`],
      [`before=${second}`],
      [`since=${first.slice(0, 12)}`],
      ['since=first', 'before=third'],
      ['health=starting'],
      ['health=nonsense'],
      ['is-task=true'],
      ['is-task=maybe'],
      ['exited=0', 'exited=1'],
      ['publish=8080/udp'],
      ['publish=1-9000'],
      ['expose=80/nonsense'],
      ['name=*'],
      ['name=['],
      ['name='],
      ['label='],
      ['novalue'],
    ]) {
      const flags = filters.flatMap((filter) => ['-f', filter])
      await c.docker('ps -a --format', '{{.Names}}', ...flags)
    }
    await c.docker('ps --format', '{{.Names}}', '-f', 'name=first')
    await c.docker('ps --format', '{{.Names}}', '-f', 'status=created')
    await c.docker('ps --format', '{{.Names}}', '-f', 'since=first')
  })

  check('--last, -l, -q and -n together with filters', async (c) => {
    await threeBoxes(c)
    for (const flags of [
      '--last 1',
      '--last 2 --filter name=first',
      '--latest',
      '-l -f label=a',
      '-n 0',
      '-n 10',
      '--last nonsense',
      '-l -n 2',
    ]) {
      await c.docker(`ps --format {{.Names}} ${flags}`)
    }
    await c.docker('ps -lq --no-trunc')
    await c.docker('ps -aq -f name=first')
  })

  check('columns, JSON, tables', async (c) => {
    await threeBoxes(c)
    await c.docker('ps -a --no-trunc')
    await c.json('ps -a --format json')
    await c.json('ps -a --format', '{{json .Labels}}')
    await c.docker('ps -a --format', '{{.Labels}}|{{.Label "a"}}|{{.Mounts}}|{{.LocalVolumes}}')
    await c.docker('ps -a --no-trunc --format', '{{.Mounts}}')
    await c.docker('ps -a --format', 'table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.Status}}')
    await c.docker('ps -a --format', '{{.Broken')
    await c.docker('ps -as')
    await c.docker('ps nonsense')
  })

  check('an image that lost its name, or got another', async (c) => {
    await threeBoxes(c)
    await c.docker('tag base:1 more:1')
    await c.docker('rmi base:1')
    await c.docker('ps -a --format', '{{.Names}} {{.Image}}')
    await c.load('other')
    await c.docker('tag other:1 app:1')
    await c.docker('ps -a --format', '{{.Names}} {{.Image}}')
    await c.docker('ps -a --no-trunc --format', '{{.Names}} {{.Image}}')
    await c.docker('ps -a -f ancestor=more:1 --format', '{{.Names}}')
    await c.docker('ps -a -f ancestor=app:1 --format', '{{.Names}}')
    await c.docker('inspect -f', '{{.Config.Image}} {{.Image}}', 'first', 'second')
  })
})
