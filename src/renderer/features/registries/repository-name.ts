import { parseReference } from '@shared/reference'

/** Whether a text names a repository of a registry: no tag, no digest, no other host. */
export function isRepositoryName(address: string, name: string): boolean {
  const parsed = parseReference(`${address}/${name}`)
  return parsed.ok && parsed.reference.domain === address && !/[:@]/.test(name)
}

/** `linux/amd64` says no more than `amd64` where nearly everything is Linux. */
export function shortPlatform(platform: string): string {
  return platform.replace(/^linux\//, '')
}
