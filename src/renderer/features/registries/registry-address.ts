/** Why an address will not do for a registry. */
export type AddressProblem = 'empty' | 'scheme' | 'path' | 'port' | 'host' | 'single-word'

const LABEL = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/

/**
 * Checks a registry's address: a host, with a port where needed, as image names carry it.
 * A single word without a dot or a port is refused, since docker reads `word/app` as the user
 * “word” of Docker Hub (distribution/reference, splitDockerDomain).
 */
export function addressProblem(address: string): AddressProblem | null {
  if (address === '') return 'empty'
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(address)) return 'scheme'
  if (address.includes('/')) return 'path'

  const match = /^(\[[a-fA-F0-9:]+\]|[^:]*)(?::(.*))?$/.exec(address)
  if (!match) return 'host'
  const [, host = '', port] = match
  if (
    port !== undefined &&
    !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)
  )
    return 'port'
  if (host.startsWith('[')) return null
  if (!host.split('.').every((label) => LABEL.test(label))) return 'host'
  const recognised = host === 'localhost' || host.includes('.') || /[A-Z]/.test(host)
  return recognised || port !== undefined ? null : 'single-word'
}

/** Whether an address is this machine's own, where http is safe and Docker trusts it. */
export function isLoopback(address: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i.test(address)
}
