/** Images in the shapes of Docker's API 1.41, fields in the order in which dockerd writes them. */
import { posix } from 'node:path'
import { familiarReference, parseReference } from '@shared/reference'
import { chainIds } from '../../oci/chain-id'
import type { Store, StoredImage } from '../../image/types'
import { defined, orderConfig, sortedKeys } from '../../oci/go-json'
import type { RunConfig } from '../../container/run-config'
import { JsonRows } from '../json-rows'
import { perView } from '../per-view'

/** What only some requests ask for; -1 says that something was not asked for. */
export interface SummaryExtras {
  containers?: number
  sharedSize?: number
}

/** One element of GET /images/json, as JSON. */
export function imageRow(
  image: StoredImage,
  { containers = -1, sharedSize = -1 }: SummaryExtras = {},
): Buffer {
  return rows.row(image, `${containers} ${sharedSize}`, () => ({
    ...plainSummary(image),
    Containers: containers,
    SharedSize: sharedSize,
  }))
}

const rows = new JsonRows<StoredImage>()

/** In the order of the fields. */
function plainSummary(image: StoredImage) {
  const { repoTags, repoDigests } = names(image)
  const dangling = image.tags.length === 0 && image.digests.length === 0
  return {
    Containers: -1,
    Created: Math.floor(image.created / 1000),
    Id: image.id,
    Labels: sortedKeys(image.labels),
    ParentId: image.parent ?? '',
    RepoDigests: dangling ? ['<none>@<none>'] : repoDigests.length > 0 ? repoDigests : null,
    RepoTags: repoTags.length > 0 ? repoTags : dangling ? ['<none>:<none>'] : null,
    SharedSize: -1,
    Size: image.size,
    VirtualSize: image.size,
  }
}

/** GET /images/{name}/json */
export async function imageInspect(store: Store, image: StoredImage) {
  const config = await store.images.config(image.id)
  const { repoTags, repoDigests } = names(image)
  const lastComment = config.history[config.history.length - 1]?.comment
  return defined({
    Id: image.id,
    RepoTags: repoTags,
    RepoDigests: repoDigests,
    Parent: image.parent ?? '',
    Comment: config.comment || lastComment || '',
    Created: config.created ?? '',
    Container: config.container ?? '',
    ContainerConfig: orderImageConfig(config.container_config),
    DockerVersion: config.docker_version ?? '',
    Author: config.author ?? '',
    Config: config.config ? orderImageConfig(config.config) : null,
    Architecture: config.architecture,
    Variant: config.variant || undefined,
    Os: config.os,
    OsVersion: config['os.version'] || undefined,
    Size: image.size,
    VirtualSize: image.size,
    GraphDriver: graphDriver(store, image),
    RootFS: defined({
      Type: 'layers',
      Layers: image.diffIds.length > 0 ? image.diffIds : undefined,
    }),
    Metadata: { LastTagTime: tagTime(image.lastTagged) },
  })
}

/** GET /images/{name}/history: newest step first. */
export async function imageHistory(store: Store, image: StoredImage) {
  const config = await store.images.config(image.id)
  let layer = 0
  const rows = config.history.map((step) => {
    const diffId = step.empty_layer ? undefined : image.diffIds[layer++]
    return {
      Comment: step.comment ?? '',
      Created: step.created ? Math.floor(Date.parse(step.created) / 1000) : 0,
      CreatedBy: step.created_by ?? '',
      Id: '<missing>',
      Size: diffId === undefined ? 0 : (store.layers.get(diffId)?.contentSize ?? 0),
      Tags: null as string[] | null,
    }
  })
  rows.reverse()
  // Where an image was made from another one here, its steps can be named after their images.
  let at: StoredImage | null = image
  for (const row of rows) {
    if (!at) break
    row.Id = at.id
    const { repoTags } = names(at)
    row.Tags = repoTags.length > 0 ? repoTags : null
    at = at.parent === null ? null : store.images.get(at.parent)
  }
  return rows
}

/** Docker's familiar forms of all names of an image, in their order. */
export const names = perView(({ tags, digests }: StoredImage) => ({
  repoTags: tags.map(familiar),
  repoDigests: digests.map(familiar),
}))

/** The same without their tags and digests. */
export const bareNames = perView((image: StoredImage) => {
  const { repoTags, repoDigests } = names(image)
  const bare = (name: string) => name.replace(/(?:@.*|:[^/]*)$/, '')
  return { repoTags: repoTags.map(bare), repoDigests: repoDigests.map(bare) }
})

export function familiar(name: string): string {
  const parsed = parseReference(name)
  return parsed.ok ? familiarReference(parsed.reference) : name
}

/** `Config` of an image: labels stay null where the image has none. */
function orderImageConfig(config: RunConfig | null | undefined) {
  return orderConfig(config ?? {})
}

/** Where the layers lie: like overlay2's data, in the engine's own store. */
function graphDriver(store: Store, image: StoredImage) {
  const folders = chainIds(image.diffIds).map((id) => posix.join(store.root, 'layers', id.slice(7)))
  const upper = folders.pop()
  if (upper === undefined) return { Data: null, Name: 'lamina' }
  return {
    Data: defined({
      LowerDir: folders.length > 0 ? folders.reverse().join(':') : undefined,
      UpperDir: upper,
    }),
    Name: 'lamina',
  }
}

function tagTime(milliseconds: number): string {
  return milliseconds === 0 ? '0001-01-01T00:00:00Z' : new Date(milliseconds).toISOString()
}
