import { area } from '../harness/area'

/** Commands for running containers, of one that never ran. */
export const neverRan = area('a container that never ran', (check) => {
  check('logs: every flag', async (c) => {
    await c.load('base')
    await c.docker('create --name box base:1')
    for (const flags of ['', '-f', '-t', '--details', '-n 5', '--tail all', '--since 1h']) {
      await c.docker(`logs ${flags} box`)
    }
    await c.docker('logs --until 2020-01-02 box')
    await c.docker('logs --since nonsense box')
    await c.docker('logs --tail nonsense box')
    await c.docker('container logs box')
    await c.docker('create --name silent --log-driver none base:1')
    await c.docker('logs silent')
  })

  check('stop, kill, restart: flags, several, unknown', async (c) => {
    await c.load('base')
    await c.docker('create --name box base:1')
    await c.docker('create --name other base:1')
    await c.docker('stop box other nothing')
    await c.docker('stop -t 0 box')
    await c.docker('stop --signal KILL box')
    await c.docker('kill box nothing other')
    await c.docker('kill -s HUP box')
    await c.docker('kill -s 9 box')
    await c.docker('kill --signal NONSENSE box')
    await c.docker('kill --signal 99 box')
    await c.docker('restart nothing')
    await c.docker('pause nothing box')
    await c.docker('unpause nothing box')
    await c.docker('container stop other')
    await c.docker('container kill other')
  })

  check('wait: of one, of several, of nothing', async (c) => {
    await c.load('base')
    await c.docker('create --name box base:1')
    await c.docker('create --name other base:1')
    await c.docker('wait box')
    await c.docker('wait box nothing other')
    await c.docker('container wait other')
  })

  check('top, stats, port, attach', async (c) => {
    await c.load('base')
    const id = await c.docker('create --name box -p 8080:80 base:1')
    await c.docker('top box -ef')
    await c.docker(`top ${id.slice(0, 12)}`)
    await c.docker('stats --no-stream')
    await c.docker('stats --no-stream -a')
    await c.docker('stats --no-stream --format', '{{.Name}} {{.CPUPerc}} {{.MemUsage}}', 'box')
    await c.docker('stats --no-stream nothing')
    await c.docker('port box 80/tcp')
    await c.docker('port box 81')
    await c.docker('attach nothing')
    await c.docker('attach --no-stdin box')
  })

  check('start, exec, attach, restart of what is not there', async (c) => {
    await c.load('base')
    await c.docker('start nothing')
    await c.docker('start -a nothing')
    await c.docker('exec nothing ls')
    await c.docker('exec -it nothing')
    await c.docker('container exec nothing ls')
    await c.docker('run --pull never nothing:1')
    await c.docker('run --pull never --name', 'a b', 'base:1')
    await c.docker('run --restart sometimes base:1')
    await c.docker('run -w relative base:1')
    await c.docker('ps -a')
  })

  check('update: every flag', async (c) => {
    await c.load('base')
    await c.docker('create --name box base:1')
    for (const flags of [
      '--cpus 0.25',
      '--cpu-shares 77',
      '--cpuset-cpus 0',
      '--cpuset-mems 0',
      '-m 32m --memory-swap -1',
      '--memory-reservation 16m',
      '--pids-limit 33',
      '--pids-limit -1',
      '--restart always',
      '--restart unless-stopped',
      '--restart no',
      '--restart on-failure',
      '--restart always:5',
      '--restart on-failure:x',
      '--cpus 1000',
      '--memory-swap 1m',
      '--cpuset-cpus nonsense',
      '--cpu-period 1',
    ]) {
      await c.docker(`update ${flags} box`)
    }
    await c.json('inspect -f', '{{json .HostConfig}}', 'box')
    await c.docker('update --cpu-shares 5 box nothing')
    await c.docker('container update --cpu-shares 6 box')
    await c.docker('inspect -f', '{{.HostConfig.CpuShares}}', 'box')
  })
})
