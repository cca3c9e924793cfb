/** What needs a running process, answered as dockerd answers for a container that does not run. */
import { LaminaError } from '@shared/errors'
import { cannotRun } from '../../container/runtime'
import { invalid, notRunning, refused } from '../../container/wording'
import type { Handler, Route } from '../http/router'
import type { Services } from '../services'

export function containerRunRoutes({ containers, runtime }: Services): Route[] {
  const post = (pattern: string, handler: Handler): Route => ({ method: 'POST', pattern, handler })
  const get = (pattern: string, handler: Handler): Route => ({ method: 'GET', pattern, handler })
  const noSuchExec: Handler = (request) => {
    const id = request.param('id')
    throw new LaminaError('not_found', { name: id, docker: `No such exec instance: ${id}` })
  }

  return [
    post('/containers/{id}/start', async (request, response) => {
      await runtime.start(containers.get(request.param('id')).record)
      response.empty(204)
    }),
    post('/containers/{id}/restart', async (request, response) => {
      await runtime.start(containers.get(request.param('id')).record)
      response.empty(204)
    }),
    // Stopping what does not run is done already.
    post('/containers/{id}/stop', (request, response) => {
      containers.get(request.param('id'))
      response.empty(304)
    }),
    post('/containers/{id}/kill', (request) => {
      const name = request.param('id')
      const { id } = containers.get(name).record
      const docker = `Cannot kill container: ${name}: Container ${id} is not running`
      throw new LaminaError('conflict', { message: docker, docker })
    }),
    post('/containers/{id}/pause', (request) => {
      throw notRunning(containers.get(request.param('id')).record.id)
    }),
    post('/containers/{id}/unpause', (request) => {
      throw refused(`Container ${containers.get(request.param('id')).record.id} is not paused`)
    }),
    post('/containers/{id}/resize', (request) => {
      throw notRunning(containers.get(request.param('id')).record.id)
    }),
    get('/containers/{id}/top', (request) => {
      throw notRunning(containers.get(request.param('id')).record.id)
    }),
    // A client that waits for the end of something that never starts would wait for ever.
    post('/containers/{id}/wait', (request, response) => {
      containers.get(request.param('id'))
      const condition = request.text('condition')
      if (condition !== '' && condition !== 'not-running') throw cannotRun()
      response.json(200, { Error: null, StatusCode: 0 })
    }),
    get('/containers/{id}/logs', (request, { raw }) => {
      containers.get(request.param('id'))
      if (!request.flag('stdout') && !request.flag('stderr')) {
        const reason = 'Bad parameters: you must choose at least one stream'
        throw invalid('stdout', reason)
      }
      raw.writeHead(200)
      raw.end()
    }),
    get('/containers/{id}/stats', (request) => {
      throw notRunning(containers.get(request.param('id')).record.id)
    }),
    post('/containers/{id}/attach', async (request) => {
      await runtime.attach(containers.get(request.param('id')).record)
    }),
    post('/containers/{id}/exec', async (request) => {
      const { record } = containers.get(request.param('id'))
      await runtime.exec(record)
    }),
    post('/exec/{id}/start', noSuchExec),
    post('/exec/{id}/resize', noSuchExec),
    get('/exec/{id}/json', noSuchExec),
  ]
}
