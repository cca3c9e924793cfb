/** Who signs in at which registry: headers as Docker's, read for one request and never kept. */
import { z } from 'zod'
import type { ApiRequest } from '../docker-api/http/request'
import { parseAs } from '../docker-api/http/request'
import { readRegistryAuth } from '../docker-api/registry-auth'
import type { Credentials } from '../registry/client/credentials'

export type SignIn = (host: string) => Credentials | null

const configSchema = z.record(z.string(), z.unknown())

/**
 * Credentials by host, from `X-Registry-Config` (by host, as for `docker build`), then from
 * `X-Registry-Auth`. The latter is for the host that its `serveraddress` names; without one, for the
 * only registry of the request: a password never goes to a registry that it is not meant for.
 * @throws ApiError 400
 */
export function signInOf(request: ApiRequest, hosts: readonly string[]): SignIn {
  const byHost = new Map<string, Credentials | null>()
  const config = decoded(request.header('x-registry-config'))
  if (config !== null) {
    for (const [key, auth] of Object.entries(parseAs(configSchema, config))) {
      byHost.set(hostOf(key), readRegistryAuth(JSON.stringify(auth)).credentials)
    }
  }
  const auth = decoded(request.header('x-registry-auth'))
  if (auth !== null) {
    const { credentials, address } = readRegistryAuth(auth)
    const distinct = new Set(hosts)
    const host = address ? hostOf(address) : distinct.size === 1 ? hosts[0] : undefined
    if (host !== undefined && !byHost.has(host)) byHost.set(host, credentials)
  }
  return (host) => byHost.get(host) ?? null
}

function decoded(header: string): string | null {
  return header === '' ? null : Buffer.from(header, 'base64url').toString('utf8')
}

/** `https://index.docker.io/v1/` and its like as references have it: `docker.io`. */
function hostOf(address: string): string {
  const host = address.replace(/^https?:\/\//, '').replace(/\/.*$/, '')
  return host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host
}
