import { expect } from 'vitest'
import { area } from '../harness/area'

const NO_PEER = 'dockerd runs processes and the engine does not'

/** What needs a running process; dockerd runs them, so these are asked of the engine alone. */
export const running = area('what needs a process', (check) => {
  check.alone('start, run, restart and RUN say what to do instead', NO_PEER, async (c) => {
    await c.load('base')
    await c.docker('create --name box base:1')
    await c.file('Dockerfile', 'FROM base:1\nRUN /bin/tool\n')
    const answers = [
      await c.run('start box'),
      await c.run('restart box'),
      await c.run('run --name other base:1'),
      await c.run('run -d base:1'),
      await c.run('run --rm base:1 /bin/tool'),
      await c.run('start -a box'),
      await c.run('build .'),
    ]
    for (const { code, stderr } of answers) {
      expect(code).not.toBe(0)
      expect(stderr).toMatch(/bundled engine/i)
      expect(stderr).toMatch(/Docker/)
    }
    const state = await c.run('inspect -f', '{{.State.Status}}', 'box')
    expect(state.stdout.trim()).toBe('created')
  })

  check.alone('the API answers 501', NO_PEER, async (c) => {
    await c.load('base')
    await c.docker('create --name box base:1')
    for (const path of [
      '/containers/box/start',
      '/containers/box/restart',
      '/containers/box/attach',
      '/containers/box/exec',
    ]) {
      const json = path.endsWith('exec') ? '{"Cmd":["a"]}' : undefined
      expect((await c.call('POST', path, json)).status, path).toBe(501)
    }
  })

  check.alone('no networks are made, and no registry is searched', NO_PEER, async (c) => {
    expect((await c.call('POST', '/networks/create', '{"Name":"x"}')).status).toBe(501)
    expect((await c.call('GET', '/images/search?term=x')).status).toBe(501)
    await c.load('base')
    await c.docker('create --name box base:1')
    for (const verb of ['connect', 'disconnect']) {
      const path = `/networks/bridge/${verb}`
      expect((await c.call('POST', path, '{"Container":"box"}')).status, path).toBe(501)
    }
    for (const path of ['/plugins/pull?remote=x', '/swarm/init', '/swarm/join']) {
      expect((await c.call('POST', path, '{}')).status, path).toBe(501)
    }
    const made = await c.run('network create x')
    expect(made.code).not.toBe(0)
    expect(made.stderr).toMatch(/bundled engine/)
    expect((await c.run('network ls -q -f name=x')).stdout).toBe('')
  })
})
