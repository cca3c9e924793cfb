import { z } from 'zod'
import { area } from '../harness/area'
import type { Case } from '../harness/transcript'

/** Status and answer of requests that no command of the CLI makes, or whose answer it hides. */
async function noteAnswers(c: Case, requests: readonly string[]): Promise<void> {
  for (const line of requests) {
    const [method = '', path = '', body] = line.split(' ')
    const answer = await c.call(method, path, body)
    c.note(line, { status: answer.status, body: messageOf(answer.body) })
  }
}

/** An error's message alone: what stands beside it is for clients that know more than Docker's. */
function messageOf(body: string): unknown {
  const text = body.trim()
  if (!/^[{[]/.test(text)) return text
  const parsed: unknown = JSON.parse(text)
  const error = z.object({ message: z.string() }).safeParse(parsed)
  return error.success ? error.data.message : parsed
}

export const answers = area('answers', (check) => {
  check('ping', (c) => noteAnswers(c, ['HEAD /_ping', 'GET /_ping']))

  check('swarm: reading', (c) =>
    noteAnswers(c, [
      'GET /swarm',
      'GET /nodes',
      'GET /nodes/x',
      'GET /services',
      'GET /services/x',
      'GET /tasks',
      'GET /tasks/x',
      'GET /secrets',
      'GET /secrets/x',
      'GET /configs',
      'GET /configs/x',
    ]),
  )

  check('swarm: changing', (c) =>
    noteAnswers(c, [
      'POST /swarm/leave',
      'POST /nodes/x/update?version=1 {}',
      'DELETE /nodes/x',
      'POST /services/create {}',
      'POST /services/x/update?version=1 {}',
      'DELETE /services/x',
      'POST /secrets/create {}',
      'DELETE /secrets/x',
      'POST /configs/create {}',
      'DELETE /configs/x',
    ]),
  )

  check('plugins and searching', (c) =>
    noteAnswers(c, [
      'GET /plugins',
      'GET /plugins/x/json',
      'DELETE /plugins/x',
      'POST /plugins/x/enable?timeout=0',
      'POST /plugins/x/disable',
      'POST /plugins/x/set []',
    ]),
  )

  check('containers that are not there', (c) =>
    noteAnswers(c, [
      'GET /containers/x/json',
      'GET /containers/x/top',
      'GET /containers/x/logs?stdout=1',
      'GET /containers/x/changes',
      'GET /containers/x/export',
      'GET /containers/x/stats?stream=0',
      'GET /containers/x/archive?path=/',
      'HEAD /containers/x/archive?path=/',
      'PUT /containers/x/archive?path=/',
      'POST /containers/x/start',
      'POST /containers/x/stop',
      'POST /containers/x/restart',
      'POST /containers/x/kill',
      'POST /containers/x/pause',
      'POST /containers/x/unpause',
      'POST /containers/x/wait',
      'POST /containers/x/resize?h=1&w=1',
      'POST /containers/x/attach?stream=1',
      'POST /containers/x/exec {"Cmd":["a"]}',
      'POST /containers/x/rename?name=yy',
      'POST /containers/x/update {}',
      'POST /commit?container=x',
      'DELETE /containers/x',
    ]),
  )

  check('exec sessions that are not there', (c) =>
    noteAnswers(c, [
      'GET /exec/x/json',
      'POST /exec/x/start {"Detach":true}',
      'POST /exec/x/resize?h=1&w=1',
    ]),
  )

  check('a container that does not run', async (c) => {
    await c.load('base')
    await c.docker('create --name box base:1')
    await noteAnswers(c, [
      'POST /containers/box/resize?h=1&w=1',
      'POST /containers/box/stop',
      'POST /containers/box/kill?signal=KILL',
      'POST /containers/box/pause',
      'POST /containers/box/wait?condition=not-running',
      'GET /containers/box/top',
      'GET /containers/box/logs',
    ])
  })

  check('images that are not there', (c) =>
    noteAnswers(c, [
      'GET /images/x/json',
      'GET /images/x/history',
      'GET /images/x/get',
      'GET /images/get?names=x',
      'POST /images/x/tag?repo=y',
      'DELETE /images/x',
      'POST /images/x/push {}',
    ]),
  )

  check('images and volumes, answered in full', async (c) => {
    await c.load('base')
    await noteAnswers(c, [
      'POST /images/base:1/tag?repo=other&tag=2',
      'POST /images/base:1/tag?repo=other:2&tag=3',
      'DELETE /images/other:3',
      'DELETE /images/other:2',
      'POST /volumes/create {"Name":"drawer","Labels":{"a":"b"}}',
      'DELETE /volumes/drawer',
      'DELETE /volumes/drawer',
      'POST /volumes/prune',
      'POST /containers/prune',
      'POST /images/prune',
    ])
  })

  check('whether there is an answer', async (c) => {
    await c.load('base')
    await c.docker('create --name box base:1')
    for (const line of [
      'GET /version',
      'GET /info',
      'GET /system/df',
      'GET /events?since=1&until=2',
      'GET /networks',
      'GET /networks/none',
      'GET /volumes',
      'GET /images/json',
      'GET /images/base:1/get',
      'GET /images/base:1/history',
      'GET /containers/json',
      'GET /containers/box/json',
      'GET /containers/box/changes',
      'GET /containers/box/export',
      'GET /containers/box/archive?path=/etc/motd',
      'GET /containers/box/stats?stream=0',
      'HEAD /containers/box/archive?path=/etc/motd',
      'POST /containers/box/rename?name=bag',
      'POST /containers/bag/update {"CpuShares":5}',
      'POST /containers/bag/unpause',
      'POST /commit?container=bag&repo=saved',
      'POST /images/create?fromImage=UPPER',
      'POST /images/load',
      'POST /build?t=UPPER',
      'POST /build/prune',
      'POST /auth {"username":"a","password":"b","serveraddress":"127.0.0.1:9"}',
    ]) {
      const [method = '', path = '', body] = line.split(' ')
      const { status } = await c.call(method, path, body)
      c.note(line, status)
    }
  })

  check('bodies that cannot be read', async (c) => {
    await c.load('base')
    for (const line of [
      '/containers/create {',
      '/containers/create {"Image":5}',
      '/containers/create {}',
      '/containers/create',
      '/volumes/create {"Name":5}',
    ]) {
      const [path = '', body] = line.split(' ')
      const { status } = await c.call('POST', path, body)
      // dockerd 20.10 says 500 for some of what is the client's fault.
      c.note(line, status >= 400 ? 'refused' : status)
    }
  })

  check('networks and volumes that are not there', (c) =>
    noteAnswers(c, [
      'GET /volumes/x',
      'GET /networks/x',
      'DELETE /networks/x',
      'POST /networks/prune',
      'POST /networks/bridge/connect {"Container":"x"}',
      'POST /networks/bridge/disconnect {"Container":"x"}',
    ]),
  )
})
