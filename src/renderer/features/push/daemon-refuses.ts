/** Whether a Docker daemon would refuse to push to a registry that Lamina reaches. */
import type { LiveSettings } from '@shared/doctor'
import type { Registry } from '@shared/models'

/**
 * dockerd speaks http only to hosts that it was told of, and to those in its insecure networks
 * (127.0.0.0/8, ::1/128; moby: registry/config.go). Null settings: the engine does not tell (Podman),
 * and takes the word of whoever pushes.
 */
export function daemonRefuses(
  { address, protocol }: Pick<Registry, 'address' | 'protocol'>,
  live: Pick<LiveSettings, 'insecure' | 'insecureNetworks'> | null,
): boolean {
  if (protocol !== 'http' || live === null) return false
  const known = live.insecure.some((host) => host.toLowerCase() === address.toLowerCase())
  return !known && !isLoopback(hostOf(address)) && !inNetworks(hostOf(address), live)
}

function hostOf(address: string): string {
  const bracketed = /^\[([^\]]+)\]/.exec(address)
  return (bracketed?.[1] ?? address.replace(/:\d+$/, '')).toLowerCase()
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

function inNetworks(host: string, live: Pick<LiveSettings, 'insecureNetworks'>): boolean {
  const number = ipv4(host)
  if (number === null) return false
  return live.insecureNetworks.some((network) => {
    const [base = '', bits = '32'] = network.split('/')
    const start = ipv4(base)
    const size = 2 ** (32 - Number(bits))
    return start !== null && Math.floor(number / size) === Math.floor(start / size)
  })
}

/** The address as a number, null where it is none. */
function ipv4(host: string): number | null {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(host)) return null
  return host.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}
