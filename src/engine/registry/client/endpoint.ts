import { LaminaError } from '@shared/errors'
import { DEFAULT_DOMAIN } from '@shared/reference'

/** How one registry is reached. */
export interface Endpoint {
  /** As people and references name it: `docker.io`, `127.0.0.1:5000`. */
  address: string
  /** `https://registry-1.docker.io`, without a path. */
  origin: string
  /** False: any certificate will do (Docker's "insecure registry" over https). */
  verify: boolean
}

/** Docker Hub's references say docker.io, its registry answers elsewhere. */
const HUB_HOST = 'registry-1.docker.io'

const HOST = /^(?:[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?|\[[a-f0-9:.]+\])(?::\d{1,5})?$/i

/** The endpoint of a reference's domain. Throws `invalid_input` for what is no host with port. */
export function endpointOf(
  address: string,
  protocol: 'https' | 'http',
  { verify = true }: { verify?: boolean } = {},
): Endpoint {
  if (!HOST.test(address)) {
    throw new LaminaError('invalid_input', { field: 'address', reason: `"${address}" is no host` })
  }
  const host = address === DEFAULT_DOMAIN || address === 'index.docker.io' ? HUB_HOST : address
  return { address, origin: `${protocol}://${host}`, verify }
}
