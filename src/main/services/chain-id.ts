import { createHash } from 'node:crypto'

/**
 * The chain id of each layer, base first: what a layer is together with everything under it, and
 * so what engines keep once (OCI image spec, config.md, "Layer ChainID").
 */
export function chainIds(diffIds: string[]): string[] {
  let chain = ''
  return diffIds.map((diffId) => {
    chain = chain === '' ? diffId : hash(`${chain} ${diffId}`)
    return chain
  })
}

function hash(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}
