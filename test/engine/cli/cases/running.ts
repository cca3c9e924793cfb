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
    for (const path of ['/containers/box/start', '/containers/box/restart']) {
      expect((await c.call('POST', path)).status, path).toBe(501)
    }
  })
})
