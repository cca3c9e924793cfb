/** /containers/{id}/archive: `docker cp`; POST /commit. */
import { familiarReference, fullReference } from '@shared/reference'
import { commitContainer } from '../../container/commit'
import type { Container, PathStat } from '../../container/container'
import { countedSize } from '../../container/fs/entries'
import { runConfigSchema } from '../../container/run-config'
import { packTar } from '../../layer/tar-writer'
import { ApiError } from '../http/errors'
import { parseAs, type ApiRequest } from '../http/request'
import type { Route } from '../http/router'
import type { Services } from '../services'
import { goFileMode } from '../shapes/file-mode'
import { joinReference, needReference } from '../wording'

const STAT_HEADER = 'X-Docker-Container-Path-Stat'
/** What every file system says of a directory's own size. */
const DIRECTORY_SIZE = 4096

export function containerFileRoutes({ containers, store, events }: Services): Route[] {
  /** dockerd mounts a container's volumes for each look at its files, and says so. */
  const mounted = async <T>({ record }: Container, work: () => Promise<T>): Promise<T> => {
    const volumes = record.mounts.filter(({ type }) => type === 'volume')
    for (const { name, driver, destination, rw } of volumes) {
      const how = { destination, propagation: '', 'read/write': String(rw) }
      events.emit('volume', 'mount', name, { container: record.id, driver, ...how })
    }
    try {
      return await work()
    } finally {
      for (const { name, driver } of volumes) {
        events.emit('volume', 'unmount', name, { container: record.id, driver })
      }
    }
  }

  return [
    {
      method: 'HEAD',
      pattern: '/containers/{id}/archive',
      handler: async (request, { raw }) => {
        const id = request.param('id')
        const path = neededPath(request)
        const container = containers.get(id)
        const stat = await mounted(container, () => container.stat(path, id))
        raw.setHeader(STAT_HEADER, statHeader(stat))
        raw.writeHead(200)
        raw.end()
      },
    },
    {
      method: 'GET',
      pattern: '/containers/{id}/archive',
      handler: async (request, response) => {
        const id = request.param('id')
        const container = containers.get(id)
        const path = neededPath(request)
        await mounted(container, async () => {
          const { stat, tar, owners } = await container.copyOut(path, id)
          containers.emit('archive-path', container)
          response.raw.setHeader(STAT_HEADER, statHeader(stat))
          const bytes = packTar(tar, { owners, signal: request.signal })
          await response.stream('application/x-tar', bytes)
        })
      },
    },
    {
      method: 'PUT',
      pattern: '/containers/{id}/archive',
      handler: async (request, response) => {
        const id = request.param('id')
        const container = containers.get(id)
        const path = neededPath(request)
        await mounted(container, async () => {
          await container.copyIn(path, id, request.bytes(), {
            noOverwriteDirNonDir: request.flag('noOverwriteDirNonDir'),
            copyOwner: request.flag('copyUIDGID'),
            signal: request.signal,
          })
          containers.emit('extract-to-dir', container)
        })
        response.empty(200)
      },
    },
    {
      method: 'POST',
      pattern: '/commit',
      handler: async (request, response) => {
        const container = containers.get(request.text('container'))
        const name = joinReference(request.text('repo'), request.text('tag'))
        const reference = name === null ? null : needReference(name)
        const body = await request.body()
        const config = isNothing(body) ? undefined : parseAs(runConfigSchema, body)
        const image = await commitContainer(store, container, {
          reference: reference && fullReference(reference),
          author: request.text('author'),
          comment: request.text('comment'),
          changes: request.query.getAll('changes'),
          ...(config && { config }),
          signal: request.signal,
        })
        containers.emit('commit', container, {
          comment: request.text('comment'),
          imageID: image.id,
          imageRef: reference ? familiarReference(reference) : '',
        })
        response.json(201, { Id: image.id })
      },
    },
  ]
}

function neededPath(request: ApiRequest): string {
  const path = request.text('path')
  if (path === '') throw new ApiError(400, 'bad parameter: pathcannot be empty')
  return path
}

function statHeader({ name, item, linkTarget }: PathStat): string {
  const { entry } = item
  const seconds = new Date(entry.mtime * 1000).toISOString().slice(0, 19)
  const fraction = entry.mtimeNsec === 0 ? '' : `.${String(entry.mtimeNsec).padStart(9, '0')}`
  const stat = {
    name,
    size: entry.type === 'directory' ? DIRECTORY_SIZE : countedSize(entry),
    mode: goFileMode(entry),
    mtime: `${seconds}${fraction.replace(/0+$/, '')}Z`,
    linkTarget,
  }
  return Buffer.from(JSON.stringify(stat)).toString('base64')
}

function isNothing(body: string): boolean {
  return ['', 'null'].includes(body.trim())
}
