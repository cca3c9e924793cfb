/** Opens a registry as Docker would: https, and for hosts named insecure whatever it speaks. */
import { LaminaError } from '@shared/errors'
import { RegistryClient } from '../registry/client/client'
import type { Credentials } from '../registry/client/credentials'
import { endpointOf, type Endpoint } from '../registry/client/endpoint'
import { isLoopback } from '../registry/client/proxy'
import type { LocalRegistry } from './local-registry'

export interface RegistryAccess {
  /** Null: anonymous. */
  credentials?: Credentials | null
  /** Whether a host (with port) may be reached over http or without a trusted certificate. */
  insecure?: (host: string) => boolean
  /** Authorities to trust beside the machine's, PEM. */
  ca?: readonly string[]
  /** The registry of this process. */
  local?: LocalRegistry
}

/**
 * A client for the registry of a reference's domain; close it when done. An insecure host (and this
 * machine, as in dockerd) is tried over https with any certificate, then over http.
 * Errors: `registry_unreachable`, `registry_speaks_http`, `registry_certificate`,
 * `registry_not_one`.
 */
export async function connectRegistry(
  domain: string,
  { credentials = null, insecure = () => false, ca: given = [], local }: RegistryAccess,
  signal?: AbortSignal,
): Promise<RegistryClient> {
  const ca = [...given, ...(local?.authorities(domain) ?? [])]
  const clientOf = (endpoint: Endpoint) => new RegistryClient(endpoint, { credentials, ca })
  if (!insecure(domain) && !isLoopbackDomain(domain)) {
    return reached(clientOf(endpointOf(domain, 'https')), signal)
  }
  try {
    return await reached(clientOf(endpointOf(domain, 'https', { verify: false })), signal)
  } catch (error) {
    if (!mayBeHttp(error, domain)) throw asOverHttp(error)
    return reached(clientOf(endpointOf(domain, 'http')), signal)
  }
}

/**
 * As `connectRegistry`, by the protocol that the place names and with its authorities, where it does.
 */
export function connectPlace(
  domain: string,
  { protocol, ca }: { protocol: 'https' | 'http' | null; ca: string | null },
  access: RegistryAccess,
  signal?: AbortSignal,
): Promise<RegistryClient> {
  const trusted = [...(access.ca ?? []), ...(ca === null ? [] : [ca])]
  if (protocol === null) return connectRegistry(domain, { ...access, ca: trusted }, signal)
  const { credentials = null, local } = access
  const client = new RegistryClient(endpointOf(domain, protocol), {
    credentials,
    ca: [...trusted, ...(local?.authorities(domain) ?? [])],
  })
  return reached(client, signal)
}

async function reached(client: RegistryClient, signal?: AbortSignal): Promise<RegistryClient> {
  try {
    await client.ping(signal)
    return client
  } catch (error) {
    await client.close()
    throw error
  }
}

/** Without a port, https and http are two ports, and one of them may be closed. */
function mayBeHttp(error: unknown, domain: string): boolean {
  if (!(error instanceof LaminaError)) return false
  if (error.code === 'registry_speaks_http') return true
  return error.code === 'registry_unreachable' && !/:\d+$/.test(domain)
}

/** What dockerd says: where one port is closed to https, it tries http there as well. */
function asOverHttp(error: unknown): unknown {
  if (!(error instanceof LaminaError) || error.code !== 'registry_unreachable') return error
  const docker = error.params.docker?.replace('"https://', '"http://')
  const params = { ...error.params, ...(docker !== undefined && { docker }) }
  return new LaminaError(error.code, params, { cause: error.cause })
}

function isLoopbackDomain(domain: string): boolean {
  return isLoopback(domain.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''))
}
