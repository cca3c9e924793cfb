/** Chain ids: the name of a stack of layers (OCI image-spec config.md#layer-chainid). */
import { type Digest, digestOf } from './digest'

/** The chain id after each layer, base first; the last one names the whole root file system. */
export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const chain: Digest[] = []
  for (const diffId of diffIds) {
    const below = chain[chain.length - 1]
    chain.push(below === undefined ? diffId : digestOf(`${below} ${diffId}`))
  }
  return chain
}
