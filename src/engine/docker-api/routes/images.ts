/** /images: listed, looked at, named, removed. */
import { LaminaError } from '@shared/errors'
import { fullReference } from '@shared/reference'
import type { RemovedItem, StoredImage } from '../../image/types'
import { ApiError } from '../http/errors'
import { Filters } from '../http/filters'
import type { ApiRequest } from '../http/request'
import { partsBody } from '../http/response'
import type { Route } from '../http/router'
import { jsonArray } from '../json-rows'
import { perView } from '../per-view'
import { pruneImages } from '../prune-images'
import { IMAGE_FILTERS, selectImages } from '../select-images'
import type { Services } from '../services'
import { imageHistory, imageInspect, imageRow } from '../shapes/images'
import { findImage, joinReference, needReference, noSuchImage } from '../wording'

export function imageRoutes(services: Services): Route[] {
  const { store, containers } = services
  const named = (request: ApiRequest) => findImage(store.images, request.param('name'))

  return [
    {
      method: 'GET',
      pattern: '/images/json',
      handler: (request, response) => {
        const filters = Filters.parse(request.text('filters'), IMAGE_FILTERS)
        const all = request.flag('all')
        // Asked for since 1.42; before, dockerd took no notice.
        const shared = request.flag('shared-size') && request.version >= 42
        const answers = answersOf(store.images.list())
        const asked = [all, shared, request.text('filters')].join()
        const known = answers.get(asked)
        if (known) return response.jsonBody(200, known)
        const rows = selectImages(store, filters, all).map((image) =>
          imageRow(image, shared ? { sharedSize: image.sharedSize } : undefined),
        )
        const body = partsBody(jsonArray(rows))
        if (answers.size >= MAX_ANSWERS) answers.clear()
        answers.set(asked, body)
        response.jsonBody(200, body)
      },
    },
    {
      method: 'GET',
      pattern: '/images/search',
      handler: () => {
        throw new ApiError(501, "Lamina's bundled engine does not search Docker Hub")
      },
    },
    {
      method: 'POST',
      pattern: '/images/prune',
      handler: async (request, response) => {
        const accepted = ['dangling', 'until', 'label', 'label!']
        const filters = Filters.parse(request.text('filters'), accepted)
        const { items, freed } = await pruneImages(services, filters)
        services.events.emit('image', 'prune', '', { reclaimed: String(freed) })
        response.json(200, {
          ImagesDeleted: items.length > 0 ? items.map(removedShape) : null,
          SpaceReclaimed: freed,
        })
      },
    },
    {
      method: 'GET',
      pattern: '/images/{name}/json',
      handler: async (request, response) => {
        response.json(200, await imageInspect(store, inspected(services, request.param('name'))))
      },
    },
    {
      method: 'GET',
      pattern: '/images/{name}/history',
      handler: async (request, response) => {
        response.json(200, await imageHistory(store, named(request)))
      },
    },
    {
      method: 'POST',
      pattern: '/images/{name}/tag',
      handler: async (request, response) => {
        const image = named(request)
        const name = joinReference(request.text('repo'), request.text('tag')) ?? ''
        const reference = needReference(name)
        if (reference.digest !== null) {
          throw new ApiError(400, 'refusing to create a tag with a digest reference')
        }
        await store.images.tag(image.id, fullReference(reference))
        response.empty(201)
      },
    },
    {
      method: 'DELETE',
      pattern: '/images/{name}',
      handler: async (request, response) => {
        const name = request.param('name')
        try {
          const removed = await store.images.remove(name, {
            force: request.flag('force'),
            prune: !request.flag('noprune'),
            users: (id) =>
              containers.usersOfImage(id).map((record) => ({ id: record.id, running: false })),
          })
          response.json(200, removed.map(removedShape))
        } catch (error) {
          if (!(error instanceof LaminaError)) throw error
          if (error.code === 'not_found') throw noSuchImage(name)
          if (error.code === 'reference_invalid') needReference(name)
          if (error.code === 'conflict') throw new ApiError(409, error.params.message ?? '')
          throw error
        }
      },
    },
  ]
}

/** Questions that are asked again and again; their answers take memory. */
const MAX_ANSWERS = 8

/** Answers by what was asked: the store makes a new list at any change. */
const answersOf = perView((_list: readonly StoredImage[]) => new Map<string, Buffer>())

/** dockerd's inspect has words of its own. */
function inspected({ store }: Services, name: string) {
  try {
    return findImage(store.images, name)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    const reason = /digest/.test(error.message) ? 'invalid reference format' : error.message
    throw new ApiError(error.status, `no such image: ${name}: ${reason}`)
  }
}

function removedShape(item: RemovedItem) {
  return 'untagged' in item ? { Untagged: item.untagged } : { Deleted: item.deleted }
}
