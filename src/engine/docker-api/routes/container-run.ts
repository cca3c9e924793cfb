/** What needs a running process, answered as dockerd answers for a container that does not run. */
import { LaminaError } from '@shared/errors'
import { invalid, notRunning, refused } from '../../container/wording'
import { knownSignal } from '../../image/dockerfile/ports-signals'
import { ApiError } from '../http/errors'
import type { Handler, Route } from '../http/router'
import type { Services } from '../services'

/** The highest real-time signal. */
const LAST_SIGNAL = 64

export function containerRunRoutes({ containers, runtime, events }: Services): Route[] {
  const post = (pattern: string, handler: Handler): Route => ({ method: 'POST', pattern, handler })
  const get = (pattern: string, handler: Handler): Route => ({ method: 'GET', pattern, handler })
  /** Resolves when the container is removed, or the client goes away. */
  const removal = (id: string, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const end = events.subscribe((event) => {
        if (event.type === 'container' && event.action === 'destroy' && event.id === id) done()
      })
      const done = () => {
        end()
        resolve()
      }
      signal.addEventListener('abort', done, { once: true })
    })
  const noSuchExec: Handler = (request) => {
    const id = request.param('id')
    throw new LaminaError('not_found', { name: id, docker: `No such exec instance: ${id}` })
  }

  return [
    post('/containers/{id}/start', async (request, response) => {
      const container = containers.get(request.param('id'))
      try {
        await runtime.start(container.record)
      } catch (error) {
        // `docker run --rm` waits for this, also when nothing could be started.
        if (container.record.hostConfig.AutoRemove) {
          await containers.remove(container, { volumes: true })
        }
        throw error
      }
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
      const signal = request.text('signal')
      if (signal !== '' && !knownSignal(signal)) {
        throw invalid('signal', `Invalid signal: ${signal}`)
      }
      try {
        const { id } = containers.get(name).record
        if (Number(signal) > LAST_SIGNAL) {
          throw refused(`The linux daemon does not support signal ${signal}`)
        }
        throw notRunning(id)
      } catch (error) {
        if (!(error instanceof LaminaError)) throw error
        const { code, params } = error
        const docker = `Cannot kill container: ${name}: ${params.docker ?? error.message}`
        throw new LaminaError(code, { ...params, docker }, { cause: error })
      }
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
    post('/containers/{id}/wait', async (request, { raw }) => {
      const { id } = containers.get(request.param('id')).record
      const condition = request.text('condition') || 'not-running'
      if (!['not-running', 'next-exit', 'removed'].includes(condition)) {
        throw invalid('condition', `invalid condition: ${JSON.stringify(condition)}`)
      }
      raw.writeHead(200, { 'Content-Type': 'application/json' })
      raw.flushHeaders()
      // What never runs has ended; a next end comes with its removal at the latest.
      if (condition !== 'not-running') await removal(id, request.signal)
      raw.end(`${JSON.stringify({ Error: null, StatusCode: 0 })}\n`)
    }),
    get('/containers/{id}/logs', (request, { raw }) => {
      const { hostConfig } = containers.get(request.param('id')).record
      if (!request.flag('stdout') && !request.flag('stderr')) {
        const reason = 'Bad parameters: you must choose at least one stream'
        throw invalid('stdout', reason)
      }
      if (hostConfig.LogConfig?.Type === 'none') {
        throw new ApiError(501, 'configured logging driver does not support reading')
      }
      raw.writeHead(200)
      raw.end()
    }),
    get('/containers/{id}/stats', (request, response) => {
      const { id, name } = containers.get(request.param('id')).record
      response.json(200, noStats(id, name))
    }),
    post('/containers/{id}/attach', async (request, { raw }) => {
      const { record } = containers.get(request.param('id'))
      if (!/upgrade/i.test(request.header('connection'))) return runtime.attach(record)
      // The CLI attaches before it starts: it shall hear why that fails from the start.
      raw.writeHead(101, 'UPGRADED', {
        'Content-Type': 'application/vnd.docker.raw-stream',
        Connection: 'Upgrade',
        Upgrade: 'tcp',
      })
      raw.end()
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

/** What dockerd tells of a container that does not run: nothing of everything. */
function noStats(id: string, name: string) {
  const cpu = {
    cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
    throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
  }
  const never = '0001-01-01T00:00:00Z'
  return {
    ...{ read: never, preread: never, pids_stats: {}, blkio_stats: {}, num_procs: 0 },
    ...{ storage_stats: {}, cpu_stats: cpu, precpu_stats: cpu, memory_stats: {} },
    ...{ name: `/${name}`, id },
  }
}
