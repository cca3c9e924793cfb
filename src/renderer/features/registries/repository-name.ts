import { parseReference } from '@shared/reference'

/**
 * The path of a repository as its registry knows it (`busybox` of Docker Hub is `library/busybox`);
 * null where the text names none: it has a tag, a digest or another host.
 */
export function repositoryPath(address: string, name: string): string | null {
  const parsed = parseReference(`${address}/${name}`)
  if (!parsed.ok || parsed.reference.domain !== address || /[:@]/.test(name)) return null
  return parsed.reference.path
}

/** `linux/amd64` says no more than `amd64` where nearly everything is Linux. */
export function shortPlatform(platform: string): string {
  return platform.replace(/^linux\//, '')
}
