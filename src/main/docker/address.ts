/**
 * Addresses of Docker daemons, as DOCKER_HOST and docker contexts write them
 * (docs.docker.com/reference/cli/docker/#host): `unix://`, `npipe://`, `tcp://`, `http(s)://`, `ssh://`.
 */
import type { DaemonAddress } from '@shared/lamina-api'

/** PEM texts of a TLS client, as found in a context's folder or in DOCKER_CERT_PATH. */
export interface TlsFiles {
  ca?: string
  cert?: string
  key?: string
}

/** An address in one spelling, and dockerode's options for it. */
export interface ParsedAddress {
  address: string
  daemon: DaemonAddress
}

const PLAIN_PORT = 2375
const TLS_PORT = 2376

/**
 * Reads an address; `tls` turns `tcp://` into https.
 * Null where it is none that Docker knows.
 */
export function parseAddress(host: string, tls: TlsFiles | null = null): ParsedAddress | null {
  const local = /^(unix|npipe):\/\/(.*)$/.exec(host)
  if (local) {
    const scheme = local[1] as string
    const path = (local[2] as string).replaceAll('\\', '/')
    if (path === '') return null
    return { address: `${scheme}://${path}`, daemon: { socketPath: path } }
  }
  let url: URL
  try {
    url = new URL(/^[a-z]+:\/\//.test(host) ? host : `tcp://${host}`)
  } catch {
    return null
  }
  if (url.hostname === '') return null
  if (url.protocol === 'ssh:') return sshAddress(url)
  if (!['tcp:', 'http:', 'https:'].includes(url.protocol)) return null
  const secure = tls !== null || url.protocol === 'https:'
  const port = url.port === '' ? (secure ? TLS_PORT : PLAIN_PORT) : Number(url.port)
  // The brackets of an IPv6 host belong to the URL, not to the host.
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  return {
    address: `tcp://${url.hostname}:${port}`,
    daemon: { protocol: secure ? 'https' : 'http', host: hostname, port, ...tls },
  }
}

function sshAddress(url: URL): ParsedAddress {
  const port = url.port === '' ? undefined : Number(url.port)
  const user = url.username === '' ? '' : `${url.username}@`
  return {
    address: `ssh://${user}${url.hostname}${port === undefined ? '' : `:${port}`}`,
    daemon: {
      protocol: 'ssh',
      host: url.hostname,
      ...(port === undefined ? {} : { port }),
      ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    },
  }
}
