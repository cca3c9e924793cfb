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
  ['--annotation', ['--annotation', 'a=b']],
  ['--blkio', ['--device-read-bps', '/dev/null:1mb', '--device-write-iops', '/dev/null:10']],
  ['--gpus', ['--gpus', 'all']],
  ['--ip', ['--ip', '172.17.0.9', '--ip6', '2001:db8::9']],
  ['--network that is not there', ['--network', 'nothing']],
  ['--network with options', ['--network', 'name=bridge,alias=x,driver-opt=a=b']],
  ['--network-alias', ['--network-alias', 'x', '--network-alias', 'y']],
  ['--network, several', ['--network', 'bridge', '--network', 'nothing']],
  ['--net', ['--net', 'none', '--net-alias', 'x']],
  ['--health-start-interval', ['--health-start-interval', '3s', '--health-cmd', 'x']],
  ['-p: forms', ['-p', '[::1]:80:80', '-p', '0:81', '-p', '90-92:90-92/udp', '-p', '1.2.3.4::5']],
  ['-p: target', ['-p', 'target=80,published=8080,protocol=udp,mode=host']],
  ['-p, several of one', ['-p', '80:80', '-p', '81:80', '--expose', '80']],
  ['-e of the environment', ['-e', 'TZ', '-e', 'NOT_SET', '-e', 'A=1', '-e', 'A=2']],
  ['--restart no', ['--restart', 'no']],
  ['--restart unless-stopped', ['--restart', 'unless-stopped']],
  ['--restart on-failure', ['--restart', 'on-failure']],
  ['--stop-signal as a number', ['--stop-signal', '9', '--stop-timeout', '0']],
  ['--ipc host', ['--ipc', 'host']],
  ['--ipc shareable', ['--ipc', 'shareable']],
  ['--ipc none', ['--ipc', 'none']],
  ['--cgroupns private', ['--cgroupns', 'private']],
  ['--security-opt, several', ['--security-opt', 'label=disable', '--security-opt', 'apparmor=x']],
  ['--security-opt systempaths', ['--security-opt', 'systempaths=unconfined']],
  ['--privileged with others', ['--privileged', '--userns', 'host', '--cap-drop', 'MKNOD']],
  ['--pid and --ipc host, privileged', ['--pid', 'host', '--ipc', 'host', '--privileged']],
  ['--tmpfs and --read-only', ['--tmpfs', '/x:ro,size=5%', '--read-only', '-w', '/x']],
  ['--ulimit, soft only', ['--ulimit', 'core=0', '--ulimit', 'stack=-1']],
  ['--detach-keys and -d', ['-i', '-a', 'stdin', '--sig-proxy=false']],
  [
    '--log-opt, several',
    ['--log-opt', 'max-file=3', '--log-opt', 'max-size=1m', '--log-opt', 'tag=x'],
  ],
  ['--dns, all', ['--dns', '::1', '--dns-opt', 'timeout:1', '--dns-search', '.']],
  ['--oom-kill-disable=false', ['--oom-kill-disable=false', '--oom-score-adj', '-1000']],
  ['--shm-size', ['--shm-size', '1g', '--init=false', '--tty']],
  ['--cpu-rt', ['--cpu-count', '1', '--cpu-percent', '5', '--io-maxbandwidth', '5']],
  ['--disable-content-trust', ['--disable-content-trust=false', '--quiet']],
]

/** Containers of one check; each of them alone would spend its time on what comes before and after. */
const BATCH = 8

/** All that `docker inspect` tells about the containers. */
export async function noteContainers(c: Case, ...names: string[]): Promise<void> {
  const raw = await c.record({ out: 'none' }, 'container inspect', ...names)
  // dockerd keeps what -e gave in the order of a map, which is chance.
  const parsed = z
    .array(z.looseObject({ Config: z.looseObject({ Env: z.array(z.string()).nullable() }) }))
    .parse(JSON.parse(raw))
  for (const { Config } of parsed) Config.Env?.sort()
  c.note('inspect', withoutOwn(parsed))
}

export const createFlags = area('create, flags', (check) => {
  for (let at = 0; at < FLAGS.length; at += BATCH) {
    const batch = FLAGS.slice(at, at + BATCH)
    check(batch.map(([name]) => name).join('; '), async (c) => {
      await c.load('app')
      const made: string[] = []
      for (const [index, [, flags]] of batch.entries()) {
        const id = await c.docker(`create --name box${index}`, ...flags, 'app:1')
        if (id !== '') made.push(`box${index}`)
      }
      await noteContainers(c, ...made)
    })
  }
})
