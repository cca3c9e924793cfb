/** The layers of many images at once. They never change, so that each is asked for once. */
import type { DockerClient } from '../docker/client'
import { findImage, imageHistory } from '../docker/images'
import { joinLayers } from '../docker/layers'
import { chainIds } from './chain-id'

export interface ChainedLayer {
  /** The layer with everything under it: what Docker keeps a layer by. */
  chainId: string
  diffId: string
  /** Bytes of its files. */
  size: number
  createdBy: string
}

interface Chain {
  diffIds: string[]
  chainIds: string[]
}

/** As many requests at once as a daemon answers without queueing. */
const AT_ONCE = 8
const KEEP = 20_000
const chainsOf = new Map<string, Chain>()
const layersOf = new Map<string, ChainedLayer[]>()

/** What every image is made of, base first. An image that vanished is left out. */
export function readChains(
  client: DockerClient,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, Chain>> {
  return readAll(ids, chainsOf, async (id) => {
    const { diffIds } = await findImage(client, id, signal)
    return { diffIds, chainIds: chainIds(diffIds) }
  })
}

/** The same with what each layer holds and what made it. */
export async function readLayers(
  client: DockerClient,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, ChainedLayer[]>> {
  const chains = await readChains(client, ids, signal)
  return readAll([...chains.keys()], layersOf, async (id) => {
    const { diffIds, chainIds: own } = chains.get(id) as Chain
    const steps = joinLayers(await imageHistory(client, id, signal), diffIds)
    return own.map((chainId, index) => {
      const step = steps.find((one) => one.index === index)
      const diffId = diffIds[index] as string
      return { chainId, diffId, size: step?.size ?? 0, createdBy: step?.createdBy ?? '' }
    })
  })
}

async function readAll<T>(
  ids: readonly string[],
  cache: Map<string, T>,
  read: (id: string) => Promise<T>,
): Promise<Map<string, T>> {
  const found = new Map<string, T>()
  const queue = [...ids].reverse()
  const work = async () => {
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      const value = cache.get(id) ?? (await read(id).catch(() => undefined))
      if (value === undefined) continue
      if (cache.size >= KEEP) cache.clear()
      cache.set(id, value)
      found.set(id, value)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return found
}
