/**
 * Whom an https client trusts: Node's own list, the system's bundle, and what Docker keeps for a
 * registry in `certs.d/<host:port>/` (`*.crt` authorities, `*.cert` with `*.key` for the client).
 */
import { readFileSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls'

/** Where Linux distributions keep the bundle that `update-ca-certificates` writes. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

/** Folders in which Docker looks for a registry's certificates. */
function certificateFolders(home = homedir()): string[] {
  return [
    '/etc/docker/certs.d',
    join(home, '.docker', 'certs.d'),
    join(home, '.config', 'docker', 'certs.d'),
  ]
}

/** The context without anything of a registry's own: made once, it takes 50 ms. */
let common: SecureContext | null = null

/** The TLS context for one registry. `extra`: further authorities, PEM. */
export function secureContextFor(
  address: string,
  extra: readonly string[] = [],
  folders = certificateFolders(),
): SecureContext {
  const kept = folders.map((folder) => registryFolder(join(folder, address)))
  const ca = [...kept.flatMap((folder) => folder.ca), ...extra]
  const client = kept.find(({ cert, key }) => cert !== null && key !== null)
  if (ca.length === 0 && !client) return (common ??= createSecureContext({ ca: systemBundle() }))
  return createSecureContext({
    ca: [...systemBundle(), ...ca],
    ...(client?.cert && client.key ? { cert: client.cert, key: client.key } : {}),
  })
}

interface RegistryFolder {
  ca: string[]
  cert: string | null
  key: string | null
}

function registryFolder(folder: string): RegistryFolder {
  let names: string[]
  try {
    names = readdirSync(folder).sort()
  } catch {
    return { ca: [], cert: null, key: null } // no such folder: nothing is kept for this registry
  }
  const cert = names.find(
    (name) => name.endsWith('.cert') && names.includes(name.replace(/cert$/, 'key')),
  )
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  return {
    ca: names.filter((name) => name.endsWith('.crt')).map(read),
    cert: cert ? read(cert) : null,
    key: cert ? read(cert.replace(/cert$/, 'key')) : null,
  }
}

/** The system's list, which the person or the company can extend; Node's own where there is none. */
function systemBundle(): string[] {
  const own = process.env['NODE_EXTRA_CA_CERTS']
  const extra = own ? readIfThere(own) : []
  for (const path of SYSTEM_BUNDLES) {
    const bundle = readIfThere(path)
    if (bundle.length > 0) return [...bundle, ...extra]
  }
  return [...rootCertificates, ...extra]
}

function readIfThere(path: string): string[] {
  try {
    return [readFileSync(path, 'utf8')]
  } catch {
    return [] // another distribution's place
  }
}
