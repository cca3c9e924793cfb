/**
 * Which proxy stands before a host, from `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`
 * (either case), as curl and Go read them. Loopback is never proxied.
 */
import { isIP } from 'node:net'

type Environment = Record<string, string | undefined>

/** The proxy's URL for `url`, or null for a direct connection. */
export function proxyFor(url: URL, env: Environment): string | null {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  if (isLoopback(host) || excluded(host, port, read(env, 'no_proxy'))) return null
  const own = read(env, url.protocol === 'https:' ? 'https_proxy' : 'http_proxy')
  const proxy = own || read(env, 'all_proxy')
  if (!proxy) return null
  const full = proxy.includes('://') ? proxy : `http://${proxy}`
  return /^https?:/i.test(full) && URL.canParse(full) ? full : null
}

/** Whether a host name or address means this machine. */
export function isLoopback(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '::1' ||
    (isIP(host) === 4 && host.startsWith('127.'))
  )
}

function excluded(host: string, port: string, list: string): boolean {
  return list
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((entry) => {
      if (entry === '*') return true
      const { name, wantedPort } = split(entry.toLowerCase())
      if (wantedPort && wantedPort !== port) return false
      if (name.includes('/')) return inRange(host, name)
      const suffix = name.replace(/^\*?\./, '')
      return host === suffix || (isIP(host) === 0 && host.endsWith(`.${suffix}`))
    })
}

function split(entry: string): { name: string; wantedPort: string | null } {
  const bracketed = /^\[(.+)\](?::(\d+))?$/.exec(entry)
  if (bracketed) return { name: bracketed[1] ?? '', wantedPort: bracketed[2] ?? null }
  const plain = /^([^:]+):(\d+)$/.exec(entry)
  return plain
    ? { name: plain[1] ?? '', wantedPort: plain[2] ?? null }
    : { name: entry, wantedPort: null }
}

/** IPv4 ranges such as `10.0.0.0/8`. */
function inRange(host: string, range: string): boolean {
  const [base = '', bits = ''] = range.split('/')
  if (isIP(host) !== 4 || isIP(base) !== 4) return false
  const width = 2 ** (32 - Number(bits))
  return Math.floor(toNumber(host) / width) === Math.floor(toNumber(base) / width)
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

function read(env: Environment, name: string): string {
  return env[name] ?? env[name.toUpperCase()] ?? ''
}
