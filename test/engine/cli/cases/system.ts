import { z } from 'zod'
import { area } from '../harness/area'
import { maskRandomNames } from '../harness/normalise'
import { withoutOwn } from '../harness/own'
import type { Case } from '../harness/transcript'

/** Seconds since 1970 on the engine's clock: what `--since` and `--until` take. */
async function clock(c: Case): Promise<number> {
  const info = z.object({ SystemTime: z.string() }).parse(await c.get('/info'))
  return Date.parse(info.SystemTime) / 1000
}

const EVENT = '{{.Type}} {{.Action}} {{.Actor.ID}} {{json .Actor.Attributes}}'

/** Runs the commands; the answer records the events of just that time, one line each. */
export async function eventsOf(
  c: Case,
  body: () => Promise<void>,
): Promise<(filters: string[], format?: string | null) => Promise<void>> {
  // The clock tells whole ms: what was done in this one is over, and a command takes longer.
  const start = (await clock(c)) + 0.001
  await body()
  const end = (await clock(c)) + 0.001
  c.hide(String(start))
  c.hide(String(end))
  return async (filters, format = EVENT) => {
    const flags = filters.flatMap((filter) => ['--filter', filter])
    if (format !== null) flags.push('--format', format)
    const how = { out: 'none' as const }
    const printed = await c.record(how, `events --since ${start} --until ${end}`, ...flags)
    c.note('events', printed === '' ? [] : maskRandomNames(printed).split('\n'))
  }
}

/** @param format null: as the CLI prints them by itself */
export async function events(
  c: Case,
  filters: string[],
  body: () => Promise<void>,
  format: string | null = EVENT,
): Promise<void> {
  const told = await eventsOf(c, body)
  await told(filters, format)
}

export const system = area('system', (check) => {
  check('version: what does not name the engine', async (c) => {
    await c.docker('version --format', '{{.Client.Version}} {{.Server.Os}}/{{.Server.Arch}}')
    await c.docker('version --format', '{{.Server.KernelVersion}} {{.Server.Experimental}}')
    const versions = z.record(z.string(), z.unknown()).parse(await c.get('/version'))
    c.note(
      'fields',
      ['ApiVersion', 'Arch', 'GitCommit', 'Os', 'Version', 'KernelVersion', 'Platform'].map(
        (name) => typeof versions[name],
      ),
    )
  })

  check('info: counts follow what is there', async (c) => {
    const counts =
      '{{.Containers}} {{.ContainersRunning}} {{.ContainersPaused}} {{.ContainersStopped}} {{.Images}}'
    await c.docker('info --format', counts)
    await c.load('base', 'app')
    await c.docker('create --name box base:1')
    await c.docker('info --format', counts)
  })

  check('info: the machine', async (c) => {
    for (const field of [
      'OSType',
      'Architecture',
      'NCPU',
      'MemTotal',
      'KernelVersion',
      'Name',
      'IndexServerAddress',
      'Swarm.LocalNodeState',
      'ExperimentalBuild',
      'RegistryConfig.InsecureRegistryCIDRs',
    ]) {
      await c.docker('info --format', `{{.${field}}}`)
    }
    await c.docker('system info --format', '{{.Nothing}}')
  })

  check('ping: GET and HEAD, headers', async (c) => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await c.call(method, '/_ping')
      const { headers } = answer
      c.note(`${method} /_ping`, {
        status: answer.status,
        ostype: headers.ostype,
        'cache-control': headers['cache-control'],
        pragma: headers.pragma,
        type: headers['content-type'],
        'has Api-Version': 'api-version' in headers,
      })
    }
  })

  check('paths and versions that are not there', async (c) => {
    for (const path of ['/nothing', '/v1.41/nothing', '/v9.99/info', '/v1.1/info', '/v1.41']) {
      const { status } = await c.call('GET', path)
      c.note(path, status)
    }
    const { status } = await c.call('POST', '/images/json')
    c.note('another method', status)
  })

  check('df, of nothing and of something', async (c) => {
    await c.docker('system df')
    await c.load('base', 'app', 'other')
    await c.docker('create --name box -v drawer:/data base:1')
    await c.file('big', 'x'.repeat(4321))
    await c.docker('cp big box:/opt/big')
    await c.docker('system df')
    await c.docker('system df --format', '{{.Type}} {{.TotalCount}} {{.Active}} {{.Size}}')
    await c.docker('system df --format', '{{.Type}} {{.Reclaimable}}')
  })

  check('df -v', async (c) => {
    await c.load('base', 'app')
    await c.docker('create --name box -v drawer:/data base:1')
    await c.docker('volume create empty')
    await c.record({ out: 'sorted' }, 'system df -v')
    const volumes = await c.record({ out: 'none' }, 'system df -v --format', '{{json .Volumes}}')
    c.note('volumes', c.normaliser.list(z.array(z.unknown()).parse(JSON.parse(volumes))))
  })

  check('the API: df', async (c) => {
    await c.load('base', 'app')
    await c.docker('create --name box -v drawer:/data base:1')
    const usage = withoutOwn(await c.get('/system/df'))
    const parsed = z
      .looseObject({ LayersSize: z.number(), Images: z.array(z.unknown()) })
      .parse(usage)
    c.note('layers', parsed.LayersSize)
    c.note('images', c.normaliser.list(parsed.Images))
    c.note('fields', Object.keys(parsed).sort())
  })

  check('search, swarm and plugins: what a store of images has not', async (c) => {
    await c.docker('plugin ls')
    await c.docker('node ls')
    await c.docker('service ls')
    await c.docker('secret ls')
    await c.docker('swarm leave')
    await c.docker('builder prune -f')
  })

  check('networks: list, inspect, what is not there', async (c) => {
    await c.record({ out: 'sorted' }, 'network ls --format', '{{.Name}} {{.Driver}} {{.Scope}}')
    await c.docker('network inspect -f', '{{.Name}} {{.Driver}}', 'none')
    await c.docker('network inspect nothing')
    await c.docker('network rm nothing')
    await c.docker('network prune -f')
  })
})

export const eventing = area('events', (check) => {
  check('of images', async (c) => {
    await events(c, [], async () => {
      await c.load('app')
      await c.docker('tag app:1 more:1')
      await c.docker('rmi more:1')
      await c.docker('save -o app.tar app:1')
      await c.record({ out: 'sorted' }, 'rmi app:1 app:latest')
    })
  })

  check('of an import and a build', async (c) => {
    await c.file('rootfs.tar', c.fixtures.smallRootfs)
    await c.file('Dockerfile', 'FROM imported:1\nLABEL a=b\n')
    await events(c, ['type=image'], async () => {
      await c.docker('import rootfs.tar imported:1')
      await c.docker('build -q -t built:1 .')
    })
  })

  check('of containers', async (c) => {
    await c.load('base')
    await c.file('note', 'note\n')
    await events(c, ['type=container'], async () => {
      await c.docker('create --name box -l x=y base:1')
      await c.docker('rename box better')
      await c.docker('cp note better:/opt')
      await c.noteTar('cp better:/etc/motd -')
      await c.docker('update --cpu-shares 5 better')
      await c.docker('commit better saved:1')
      await c.docker('export -o out.tar better')
      await c.docker('rm better')
    })
  })

  check('of volumes', async (c) => {
    await events(c, ['type=volume'], async () => {
      await c.docker('volume create drawer')
      await c.docker('volume rm drawer')
      await c.docker('volume prune -f')
    })
  })

  check('of volumes that copies look into', async (c) => {
    await c.load('base')
    await c.file('note', 'note\n')
    await c.docker('create --name box -v drawer:/drawer base:1')
    await c.docker('create --name reads -v drawer:/drawer:ro base:1')
    await events(c, ['type=volume'], async () => {
      await c.docker('cp note box:/drawer/note')
      await c.noteTar('cp reads:/drawer/note -')
      await c.docker('cp note reads:/drawer/more')
      await c.docker('cp box:/nothing .')
      await c.docker('export -o out.tar box')
      await c.docker('diff box')
    })
  })

  check('of the containers that steps of a build have', async (c) => {
    await c.load('base')
    const lines = [
      'FROM base:1',
      'ENV A=b',
      'LABEL x=y',
      'COPY Dockerfile /',
      'FROM base:1',
      'CMD x',
    ]
    await c.file('Dockerfile', `${lines.join('\n')}\n`)
    await events(c, ['type=container'], async () => {
      await c.docker('build -q .')
      await c.docker('build -q .')
    })
  })

  check('filters', async (c) => {
    await c.load('base')
    const body = async (): Promise<void> => {
      await c.docker('create --name box -l x=y base:1')
      await c.docker('tag base:1 more:1')
      await c.docker('rmi more:1')
      await c.docker('rm box')
    }
    const told = await eventsOf(c, body)
    await told(['event=tag', 'event=destroy'])
    await told(['container=box'])
    await told(['image=base:1'])
    await told(['label=x=y'])
    await told(['type=network'])
  })

  check('JSON, and times that cannot be read', async (c) => {
    const start = await clock(c)
    await c.load('base')
    const end = (await clock(c)) + 0.001
    c.hide(String(start))
    c.hide(String(end))
    await c.json(`events --since ${start} --until ${end} --format json`)
    await c.docker('events --since nonsense --until 1')
    await c.docker('events --since 5 --until 3')
    await c.docker(`events --since ${start} --until ${start} -f colour=blue`)
  })
})
