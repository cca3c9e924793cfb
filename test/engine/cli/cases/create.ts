import { z } from 'zod'
import { area } from '../harness/area'
import { withoutOwn } from '../harness/own'
import type { Case } from '../harness/transcript'

/** Flags of `docker create` that only shape the configuration, one check a row. */
const FLAGS: [string, string[]][] = [
  ['no flag', []],
  ['-e', ['-e', 'A=1', '-e', 'PATH=/other', '-e', 'EMPTY=', '--env', 'B=two words']],
  ['-l', ['-l', 'a=b', '-l', 'stage=mine', '--label', 'bare']],
  ['-p', ['-p', '8080:80', '-p', '127.0.0.1:53:53/udp', '-p', '9000-9002:9000-9002', '-p', '81']],
  ['-P', ['-P']],
  ['--expose', ['--expose', '7000', '--expose', '7001-7003/udp']],
  ['-w', ['-w', '/data/sub']],
  ['-u', ['-u', '1000:1001']],
  ['--entrypoint', ['--entrypoint', '/bin/other']],
  ['--entrypoint, empty', ['--entrypoint', '']],
  ['--privileged', ['--privileged']],
  ['--restart', ['--restart', 'on-failure:3']],
  ['--restart always', ['--restart', 'always']],
  ['--network none', ['--network', 'none']],
  ['--network host', ['--network', 'host']],
  ['--hostname', ['--hostname', 'lab', '--domainname', 'example.org']],
  ['--add-host', ['--add-host', 'db:10.0.0.1', '--add-host', 'self:host-gateway']],
  ['--memory', ['-m', '64m', '--memory-reservation', '32m', '--memory-swap', '128m']],
  ['--oom', ['--oom-score-adj', '100', '--oom-kill-disable', '-m', '64m']],
  ['--cpus', ['--cpus', '0.5', '--cpu-shares', '512']],
  ['--cpuset', ['--cpuset-cpus', '0', '--cpuset-mems', '0']],
  ['--cpu-period', ['--cpu-period', '50000', '--cpu-quota', '25000']],
  ['--pids-limit', ['--pids-limit', '50']],
  ['--cap-add', ['--cap-add', 'NET_ADMIN', '--cap-add', 'sys_time', '--cap-drop', 'ALL']],
  ['--device', ['--device', '/dev/null:/dev/nothing:rw', '--device-cgroup-rule', 'c 1:3 rwm']],
  ['--dns', ['--dns', '1.1.1.1', '--dns-search', 'lab.example', '--dns-option', 'ndots:2']],
  ['--group-add', ['--group-add', 'staff', '--group-add', '50']],
  ['--init', ['--init']],
  ['--ipc', ['--ipc', 'private', '--shm-size', '128m']],
  ['--pid host', ['--pid', 'host', '--uts', 'host']],
  ['--log-driver', ['--log-driver', 'none']],
  ['--log-opt', ['--log-driver', 'json-file', '--log-opt', 'max-size=1m']],
  ['--read-only', ['--read-only', '--tmpfs', '/run', '--tmpfs', '/tmp:size=1m,mode=700']],
  ['--security-opt', ['--security-opt', 'no-new-privileges']],
  ['--security-opt seccomp', ['--security-opt', 'seccomp=unconfined']],
  ['--stop-signal', ['--stop-signal', 'SIGTERM', '--stop-timeout', '7']],
  ['--sysctl', ['--sysctl', 'net.ipv4.ip_forward=1']],
  ['--ulimit', ['--ulimit', 'nofile=1024:2048', '--ulimit', 'nproc=10']],
  ['--health-cmd', ['--health-cmd', 'true', '--health-interval', '5s', '--health-retries', '4']],
  ['--health timings', ['--health-timeout', '2s', '--health-start-period', '1m']],
  ['--no-healthcheck', ['--no-healthcheck']],
  ['-i -t', ['-i', '-t']],
  ['-a', ['-a', 'stdout', '-a', 'stderr']],
  ['--rm', ['--rm']],
  ['--mac-address', ['--mac-address', '02:42:ac:11:00:09']],
  ['--link-local', ['--network-alias', 'x', '--network', 'host']],
  ['--cgroup-parent', ['--cgroup-parent', '/lab', '--cgroupns', 'host']],
  ['--volume-driver', ['--volume-driver', 'local']],
  ['--storage and runtime', ['--runtime', 'runc', '--isolation', 'default']],
  ['--userns', ['--userns', 'host']],
  ['--platform', ['--platform', 'linux/amd64']],
]

/** All that `docker inspect` tells about the container `box`. */
async function noteContainer(c: Case): Promise<void> {
  const raw = await c.record({ out: 'none' }, 'container inspect box')
  // dockerd keeps what -e gave in the order of a map, which is chance.
  const parsed = z
    .array(z.looseObject({ Config: z.looseObject({ Env: z.array(z.string()).nullable() }) }))
    .parse(JSON.parse(raw))
  for (const { Config } of parsed) Config.Env?.sort()
  c.note('inspect', withoutOwn(parsed))
}

export const create = area('create', (check) => {
  for (const [name, flags] of FLAGS) {
    check(name, async (c) => {
      await c.load('app')
      await c.docker('create --name box', ...flags, 'app:1')
      await noteContainer(c)
    })
  }

  check('a command of its own', async (c) => {
    await c.load('app', 'base')
    await c.docker('create --name box app:1 one', 'two words', '--three')
    await noteContainer(c)
    await c.docker('create --name plain base:1')
    await c.docker('create --name other base:1 ls -l')
    await c.docker('ps -a --no-trunc --format', '{{.Names}} {{.Command}}')
  })

  check('--env-file and --label-file', async (c) => {
    await c.load('base')
    await c.file('env', '# note\nA=1\nHOME_IS=$HOME\nEMPTY=\n')
    await c.file('labels', 'x=y\nz\n')
    await c.docker('create --name box --env-file env --label-file labels base:1')
    await noteContainer(c)
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
    await noteContainer(c)
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
    // dockerd looks for a logging plugin for 15 seconds: that one is left out.
    const refused = [
      ['--restart', 'sometimes'],
      ['--restart', 'always', '--rm'],
      ['--memory', '1m'],
      ['--cpus', '1000'],
      ['--cap-add', 'NOT_A_CAP'],
      ['--ipc', 'nonsense'],
      ['--pid', 'container:nothing'],
      ['-w', 'relative'],
      ['--stop-signal', 'SIGNOTHING'],
      ['--runtime', 'nonsense'],
      ['--sysctl', 'nonsense'],
      ['-v', 'relative:/x:rw:more'],
      ['-v', '/a:b'],
      ['-v', '/tmp:/'],
      ['-v', 'x!:/data'],
      ['--mount', 'type=bind,src=/nowhere/at/all,dst=/x'],
      ['--mount', 'type=tmpfs,dst=relative'],
      ['--volumes-from', 'nothing'],
      ['--network', 'container:nothing'],
      ['--shm-size', '-1'],
      ['--oom-score-adj', '5000'],
      ['--health-interval', '1us'],
      ['--platform', 'linux/s390x'],
    ]
    for (const [number, flags] of refused.entries()) {
      await c.docker(`create --pull never --name n${number}`, ...flags, 'base:1')
    }
  })
})
