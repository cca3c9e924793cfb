/** What kind of registry stands behind an address: read from the address, never stored. */

import { hostOf, parseAcr } from './acr'

export type RegistryKind = 'docker-hub' | 'acr-personal' | 'acr-enterprise' | 'private'

const HUB_HOSTS = [
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
  'registry.hub.docker.com',
]

/** The service that ACR names in its challenge: `registry.aliyuncs.com:cn-shanghai:26842`. */
const ACR_SERVICE = /^registry\.aliyuncs\.com:/

/**
 * @param address as people, references and config.json write it: a host, with port, scheme or path.
 * @param service what the registry's bearer challenge names as its service, where a probe has heard
 *   it: a registry of ACR behind a domain of one's own is known by that alone.
 */
export function registryKind(address: string, service: string | null = null): RegistryKind {
  if (HUB_HOSTS.includes(hostOf(address))) return 'docker-hub'
  const acr = parseAcr(address)
  if (acr !== null) return acr.edition === 'enterprise' ? 'acr-enterprise' : 'acr-personal'
  return service !== null && ACR_SERVICE.test(service) ? 'acr-personal' : 'private'
}

export function isAcr(kind: RegistryKind): boolean {
  return kind === 'acr-personal' || kind === 'acr-enterprise'
}
