/**
 * Mirrors of Docker Hub that are talked about. None is recommended before a test from this very
 * machine says that it is alive: they come and go.
 */
export const KNOWN_MIRRORS: readonly string[] = [
  'https://docker.m.daocloud.io',
  'https://docker.1ms.run',
  'https://mirror.ccs.tencentyun.com',
]

/** As daemon.json takes it: https://HOST, without a path; null where it is no such thing. */
export function mirrorUrl(text: string): string | null {
  const typed = text.trim()
  const full = /^[a-z]+:\/\//i.test(typed) ? typed : `https://${typed}`
  try {
    const url = new URL(full)
    const plain = url.pathname === '/' && !url.search && !url.hash && !url.username
    return /^https?:$/.test(url.protocol) && plain && url.hostname ? url.origin : null
  } catch {
    return null
  }
}
