/** Sizes of a container: its own layer, and that with its image. */
import type { Container } from '../container/container'
import type { Services } from './services'
import type { Sizes } from './shapes/containers'

export async function sizesOf({ store }: Services, container: Container): Promise<Sizes> {
  const { diffIds } = container.record
  let image = 0
  for (const diffId of diffIds) image += store.layers.get(diffId)?.contentSize ?? 0
  const rw = await container.writableSize()
  return { rw, rootFs: rw + image }
}
