/** The config of an image in a registry (OCI image spec, config.md) as the model of an image. */
import { z } from 'zod'
import type { ImageDetails, ImageLayer } from '@shared/models'
import type { RemoteLayer } from '@shared/registries'
import { familiarReference, parseReference } from '@shared/reference'
import { milliseconds } from './images'
import type { WireRemoteImage } from './remote-images'

type WireImage = NonNullable<WireRemoteImage['image']>

const text = z.string().nullish().catch(null)
const words = z
  .union([z.array(z.string()), z.string().transform((one) => [one])])
  .nullish()
  .catch(null)
const keys = z.record(z.string(), z.unknown()).nullish().catch(null)

/** Lenient: artifacts have any JSON for a config, and old tools leave fields out. */
const configSchema = z.object({
  os: text,
  architecture: text,
  author: text,
  comment: text,
  config: z
    .object({
      Env: words,
      Cmd: words,
      Entrypoint: words,
      WorkingDir: text,
      User: text,
      ExposedPorts: keys,
      Volumes: keys,
      Labels: z.record(z.string(), z.string()).nullish().catch(null),
    })
    .nullish()
    .catch(null),
  history: z
    .array(
      z.object({
        created: text,
        created_by: text,
        comment: text,
        empty_layer: z.boolean().nullish(),
      }),
    )
    .nullish()
    .catch(null),
})
type Config = z.output<typeof configSchema>

/**
 * @param name `host/repository`, without a tag
 * @param reference the tag or the digest that it was opened by
 */
export function remoteDetails(
  image: WireImage,
  name: string,
  reference: string,
): { layers: RemoteLayer[]; details: ImageDetails } {
  const raw = parseJson(image.config)
  const config = configSchema.catch({} as Config).parse(raw)
  const steps = stepsOf(config, image.layers)
  const tag = reference.includes(':') ? null : familiar(`${name}:${reference}`)
  const own = config.config
  return {
    layers: image.layers.map((layer, index) => ({
      ...layer,
      createdBy: steps.find((step) => step.index === index)?.createdBy ?? '',
    })),
    details: {
      id: image.id,
      repoTags: tag === null ? [] : [tag],
      repoDigests: [familiar(`${name}@${image.digest}`)],
      createdAt: milliseconds(image.created ?? ''),
      size: image.size,
      os: config.os ?? '',
      architecture: config.architecture ?? '',
      author: config.author ?? '',
      comment: config.comment ?? '',
      config: {
        env: own?.Env ?? [],
        cmd: own?.Cmd ?? [],
        entrypoint: own?.Entrypoint ?? [],
        workingDir: own?.WorkingDir ?? '',
        user: own?.User ?? '',
        exposedPorts: Object.keys(own?.ExposedPorts ?? {}),
        volumes: Object.keys(own?.Volumes ?? {}),
        labels: own?.Labels ?? {},
      },
      layers: steps,
      usedBy: [],
      raw,
    },
  }
}

/** The history, base first; layers that it does not tell of stand at its end. */
function stepsOf({ history }: Config, layers: WireImage['layers']): ImageLayer[] {
  let next = 0
  const take = (createdBy: string, comment: string, createdAt: number): ImageLayer => {
    const index = next++
    const layer = layers[index]
    const diffId = layer?.diffId ?? null
    return { index, diffId, createdBy, comment, createdAt, size: layer?.size ?? 0 }
  }
  const steps = (history ?? []).map((step): ImageLayer => {
    const [createdBy, comment] = [step.created_by ?? '', step.comment ?? '']
    const createdAt = milliseconds(step.created ?? '')
    if (!step.empty_layer && next < layers.length) return take(createdBy, comment, createdAt)
    return { index: null, diffId: null, createdBy, comment, createdAt, size: 0 }
  })
  while (next < layers.length) steps.push(take('', '', 0))
  return steps
}

function familiar(text: string): string {
  const parsed = parseReference(text)
  return parsed.ok ? familiarReference(parsed.reference) : text
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
