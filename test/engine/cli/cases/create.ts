import { area } from '../harness/area'
import { noteContainers } from './create-flags'

export const create = area('create', (check) => {
  check('a command of its own', async (c) => {
    await c.load('app', 'base')
    await c.docker('create --name box app:1 one', 'two words', '--three')
    await noteContainers(c, 'box')
    await c.docker('create --name plain base:1')
    await c.docker('create --name other base:1 ls -l')
    await c.docker('ps -a --no-trunc --format', '{{.Names}} {{.Command}}')
  })

  check('--env-file and --label-file', async (c) => {
    await c.load('base')
    await c.file('env', '# note\nA=1\nHOME_IS=$HOME\nEMPTY=\n')
    await c.file('labels', 'x=y\nz\n')
    await c.docker('create --name box --env-file env --label-file labels base:1')
    await noteContainers(c, 'box')
  })

  check('--cidfile', async (c) => {
    await c.load('base')
    await c.docker('create --cidfile id --name box base:1')
    c.note('file', (await c.readFile('id')).toString())
    await c.docker('create --cidfile id --name second base:1')
  })

  check('a name made by chance', async (c) => {
    await c.load('base')
    await c.docker('create base:1')
    await c.record({ randomNames: true }, 'ps -a --format', '{{.Names}}')
    await c.record({ randomNames: true }, 'rm', await c.docker('ps -aq'))
  })

  check('by id, by digest of nothing, by a name that is not there', async (c) => {
    await c.load('base', 'plain')
    await c.docker(`create --name box ${c.fixtures.ids.base.slice(0, 12)}`)
    await noteContainers(c, 'box')
    await c.docker(`create --name other ${c.fixtures.ids.plain}`)
    await c.docker('create --pull never nothing:1')
    await c.docker('create --pull never UPPER')
    await c.docker(`create --pull never sha256:${'ab'.repeat(32)}`)
  })

  check('names that cannot be', async (c) => {
    await c.load('base')
    await c.docker('create --name box base:1')
    for (const name of ['box', '/box', 'a', '-x', 'a b', 'a/b', 'ä', '_x', 'ok.name-1_x']) {
      await c.docker('create --name', name, 'base:1')
    }
    await c.record({ out: 'sorted' }, 'ps -a --format', '{{.Names}}')
  })

  check('flags that the engine refuses', async (c) => {
    await c.load('base')
    // dockerd looks for a plugin (of logs, of volumes) for 15 seconds: those are left out.
    const refused = [
      ['--restart', 'sometimes'],
      ['--memory', '1m'],
      ['--cpus', '1000'],
      ['--cap-add', 'NOT_A_CAP'],
      ['--ipc', 'nonsense'],
      ['--pid', 'container:nothing'],
      ['-w', 'relative'],
      ['--stop-signal', 'SIGNOTHING'],
      ['--runtime', 'nonsense'],
      ['-v', '/a:b'],
      ['-v', '/tmp:/'],
      ['-v', 'x!:/data'],
      ['--mount', 'type=bind,src=/nowhere/at/all,dst=/x'],
      ['--mount', 'type=tmpfs,dst=relative'],
      ['--volumes-from', 'nothing'],
      ['--network', 'container:nothing'],
      ['--oom-score-adj', '5000'],
      ['--health-interval', '1us'],
      ['--platform', 'linux/s390x'],
      ['--link', 'nothing:x'],
      ['--log-opt', 'nonsense=1'],
      ['--log-opt', 'max-size=x'],
      ['-w', '/etc/motd'],
      ['-v', '/tmp:/x:rw,ro'],
      ['-v', 'Bad Name:/x'],
      ['--mount', 'type=volume,src=a/b,dst=/x'],
      ['--mount', 'type=volume,dst=/x,readonly'],
      ['--mount', 'type=nonsense,dst=/x'],
      ['--mount', 'type=bind,dst=/x'],
      ['--mount', 'type=tmpfs,src=x,dst=/x'],
      ['--mount', 'type=npipe,src=x,dst=/x'],
      ['--mount', 'type=cluster,src=x,dst=/x'],
      ['--tmpfs', 'relative'],
      ['--tmpfs', '/x:nonsense=1'],
      ['--network', 'container:'],
      ['--network', 'host', '-p', '80:80', '--hostname', 'x'],
      ['--hostname', 'bad_name!'],
      ['--hostname', 'x'.repeat(70)],
      ['--memory-swap', '64m'],
      ['-m', '64m', '--memory-swap', '32m'],
      ['-m', '64m', '--memory-reservation', '128m'],
      ['--cpu-shares', '-1'],
      ['--cpu-period', '1'],
      ['--cpu-quota', '1'],
      ['--cpus', '1', '--cpu-period', '50000'],
      ['--cpuset-cpus', '0-4000'],
      ['--cpuset-cpus', 'nonsense'],
      ['--stop-signal', '99'],
      ['--ipc', 'container:nothing'],
      ['--isolation', 'hyperv'],
      ['--storage-opt', 'nonsense=1'],
      ['--user', ''],
      ['--group-add', ''],
    ]
    for (const [number, flags] of refused.entries()) {
      await c.docker(`create --pull never --name n${number}`, ...flags, 'base:1')
    }
  })
})
