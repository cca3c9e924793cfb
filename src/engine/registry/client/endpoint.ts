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

/** The endpoint of a reference's domain. */
export function endpointOf(
  address: string,
  protocol: 'https' | 'http',
  { verify = true }: { verify?: boolean } = {},
): Endpoint {
  const host = address === DEFAULT_DOMAIN || address === 'index.docker.io' ? HUB_HOST : address
  return { address, origin: `${protocol}://${host}`, verify }
}
