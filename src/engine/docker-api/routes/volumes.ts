/** /volumes */
import { z } from 'zod'
import { isOwn } from '../../volume/volumes'
import { Filters } from '../http/filters'
import type { Route } from '../http/router'
import type { Services } from '../services'
import { volumeShape } from '../shapes/volumes'
import { PRUNE_KEEPS_NAMED } from '../version'

const map = z.record(z.string(), z.string()).nullish()
const createSchema = z.looseObject({
  Name: z.string().optional(),
  Driver: z.string().optional(),
  DriverOpts: map,
  Labels: map,
})

export function volumeRoutes({ volumes, events }: Services): Route[] {
  return [
    {
      method: 'GET',
      pattern: '/volumes',
      handler: (request, response) => {
        const filters = Filters.parse(request.text('filters'), [
          'dangling',
          'driver',
          'label',
          'name',
        ])
        const dangling = filters.boolean('dangling')
        const shown = volumes
          .list()
          .filter(
            ({ name, driver, labels }) =>
              filters.match('name', name) &&
              filters.exact('driver', driver) &&
              filters.labels('label', labels) &&
              (dangling === null || dangling === !volumes.isUsed(name)),
          )
        response.json(200, { Volumes: shown.map(volumeShape), Warnings: null })
      },
    },
    {
      method: 'POST',
      pattern: '/volumes/create',
      handler: async (request, response) => {
        const body = await request.json(createSchema)
        const volume = await volumes.ensure({
          name: body.Name ?? '',
          driver: body.Driver ?? '',
          labels: body.Labels ?? null,
          options: body.DriverOpts ?? null,
        })
        response.json(201, volumeShape(volume))
      },
    },
    {
      method: 'POST',
      pattern: '/volumes/prune',
      handler: async (request, response) => {
        const takesNamed = request.version < PRUNE_KEEPS_NAMED
        const accepted = ['label', 'label!', ...(takesNamed ? [] : ['all'])]
        const filters = Filters.parse(request.text('filters'), accepted)
        const all = takesNamed || filters.boolean('all') === true
        const { names, freed } = await volumes.prune(
          (volume) =>
            (all || volume.anonymous) && isOwn(volume) && filters.allowsLabels(volume.labels),
        )
        events.emit('volume', 'prune', '', { reclaimed: String(freed) })
        response.json(200, {
          VolumesDeleted: names,
          SpaceReclaimed: freed,
        })
      },
    },
    {
      method: 'GET',
      pattern: '/volumes/{name}',
      handler: (request, response) =>
        response.json(200, { ...volumeShape(volumes.get(request.param('name'))) }),
    },
    {
      method: 'DELETE',
      pattern: '/volumes/{name}',
      handler: async (request, response) => {
        await volumes.remove(request.param('name'), request.flag('force'))
        response.empty(204)
      },
    },
  ]
}
