/** Under which names the registry of one's own is reached: here, and from elsewhere. */
import { isIPv6 } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'

const HERE = ['127.0.0.1', 'localhost', '::1']

/** As it stands in a reference on this machine. */
export function addressOf(host: string, port: number): string {
  const name = ['', '0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host
  return `${isIPv6(name) ? `[${name}]` : name}:${port}`
}

/** Addresses under which others may reach it; none where it listens for this machine alone. */
export function othersOf(host: string, port: number): string[] {
  if (isLoopback(host)) return []
  if (!['', '0.0.0.0', '::'].includes(host)) return [addressOf(host, port)]
  return [...machineAddresses(), hostname()].map((name) => addressOf(name, port))
}

/** What a certificate made on the spot is for: the names given, and those that this machine has. */
export function namesFor(host: string, names: readonly string[]): string[] {
  const everywhere = ['', '0.0.0.0', '::'].includes(host)
  const own = everywhere ? [hostname(), ...machineAddresses()] : [host]
  return [...new Set([...names, ...own, ...HERE])]
}

/** `::1` and `0:0:0:0:0:0:0:1` are one. */
export function sameName(a: string, b: string): boolean {
  return normal(a) === normal(b)
}

/** Whether only this machine can reach it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

function normal(name: string): string {
  return isIPv6(name) ? new URL(`http://[${name}]`).hostname : name.toLowerCase()
}

/** IPv4 first; none of loopback, none that holds for one link only. */
function machineAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ internal, address }) => !internal && !/^fe80:/i.test(address))
    .sort((a, b) => a.family.localeCompare(b.family))
    .map(({ address }) => address)
}
