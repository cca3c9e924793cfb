/** /_ping, /version, /info, /system/df */
import type { Store, StoredImage } from '../../image/types'
import type { Digest } from '../../oci/digest'
import { folderSize } from '../../volume/folder-size'
import { isOwn } from '../../volume/volumes'
import { partsBody } from '../http/response'
import type { Handler, Route } from '../http/router'
import { jsonArray, JsonRows } from '../json-rows'
import type { Services } from '../services'
import { containerRow } from '../shapes/containers'
import { imageRow } from '../shapes/images'
import { infoShape, versionShape } from '../shapes/system'
import { volumeShape } from '../shapes/volumes'
import { shownImage } from '../shown-image'
import { sizesOf } from '../sizes'

/** Of a list of images, by the containers made from each: the store makes a new list at any change. */
const imageUsage = new JsonRows<readonly StoredImage[]>()

/** The beginning of the answer to /system/df. @param made how many containers an image has */
function usageOf(
  store: Store,
  images: readonly StoredImage[],
  made: ReadonlyMap<Digest, number>,
): Buffer {
  const size = store.images.uniqueSize(images.map(({ id }) => id))
  const rows = images.map((image) =>
    imageRow(image, { containers: made.get(image.id) ?? 0, sharedSize: image.sharedSize }),
  )
  return Buffer.concat([Buffer.from(`{"LayersSize":${size},"Images":`), jsonArray(rows)])
}

export function systemRoutes(services: Services): Route[] {
  const { store, containers, volumes } = services
  return [
    { method: 'GET', pattern: '/_ping', handler: ping('OK') },
    { method: 'HEAD', pattern: '/_ping', handler: ping('') },
    {
      method: 'GET',
      pattern: '/version',
      handler: (_request, response) => response.json(200, versionShape(services.version)),
    },
    {
      method: 'GET',
      pattern: '/info',
      handler: (_request, response) => response.json(200, infoShape(services)),
    },
    {
      method: 'GET',
      pattern: '/system/df',
      handler: async (_request, response) => {
        const users = containers.list()
        const linkNames = containers.linkNames()
        const images = store.images.list()
        // As dockerd: what a volume with options names lies elsewhere.
        const ownVolumes = volumes.list().filter(isOwn)
        const made = new Map<Digest, number>()
        for (const { record } of users)
          made.set(record.imageId, (made.get(record.imageId) ?? 0) + 1)
        const containerRows = users.map(async (container) =>
          containerRow(container, {
            image: shownImage(services, container.record),
            sizes: await sizesOf(services, container),
            linkNames: linkNames.get(container.record.name) ?? [],
          }),
        )
        const volumeRows = ownVolumes.map(async (volume) => ({
          ...volumeShape(volume),
          UsageData: {
            RefCount: containers.usersOfVolume(volume.name).length,
            Size: await folderSize(volume.mountpoint),
          },
        }))
        const body = partsBody(
          imageUsage.json(images, [...made].join(), () => usageOf(store, images, made)),
          Buffer.from(',"Containers":'),
          jsonArray(await Promise.all(containerRows)),
          Buffer.from(`,"Volumes":${JSON.stringify(await Promise.all(volumeRows))}`),
          Buffer.from(',"BuildCache":null,"BuilderSize":0}'),
        )
        response.jsonBody(200, body)
      },
    },
  ]
}

/** Not as JSON, and as dockerd says it: to HEAD without a length. */
function ping(text: string): Handler {
  return (_request, { raw }) => {
    raw.writeHead(200, {
      'Content-Type': 'text/plain; charset=utf-8',
      'Cache-Control': 'no-cache, no-store, must-revalidate',
      Pragma: 'no-cache',
      'Content-Length': text.length,
    })
    raw.end(text)
  }
}
