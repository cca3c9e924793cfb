/** Why does this registry not work from here? Looks, asks the daemon, names the fault, offers a cure. */
import type { Handlers } from '@shared/contract'
import type { Diagnosis, Look, SettingsChange } from '@shared/doctor'
import { askDaemon } from '../../docker/registry-settings'
import type { DockerClient } from '../../docker/client'
import type { DaemonSettingsService } from '../daemon/daemon-settings'
import type { EnginesService } from '../engines'
import { readHost } from '../registries'
import { readCertificate } from './certificate'
import { nameFault, withScheme, type Named } from './fault'
import { look } from './look'

/** Where registries usually listen: docker's own image, TLS, Harbor behind http, Nexus. */
const USUAL_PORTS = [5000, 443, 80, 8080]
/** Milliseconds for one of them. */
const SIDE_LIMIT = 2500

interface Dependencies {
  engines: EnginesService
  settings: DaemonSettingsService
}

export function doctorHandlers(with_: Dependencies): Pick<Handlers, 'doctor.diagnose'> {
  return {
    'doctor.diagnose': ({ address }, { signal }) => diagnose(with_, readHost(address), signal),
  }
}

async function diagnose(
  { engines, settings }: Dependencies,
  address: string,
  signal: AbortSignal,
): Promise<Diagnosis> {
  const [engine, connection] = await Promise.all([engines.bundled(), engines.connection()])
  const asked =
    connection.engine.kind === 'docker'
      ? askDaemon(connection.client, address, signal)
      : Promise.resolve(null)
  const [https, http, certificate, daemon, found] = await Promise.all([
    look(engine, address, 'https', signal),
    look(engine, address, 'http', signal),
    readCertificate(address, signal),
    asked,
    settings.find(signal),
  ])
  const visible = https.outcome === 'registry' || http.outcome === 'registry'
  const nothing = !visible && daemon?.reached !== true
  const alternatives =
    nothing && [https.outcome, http.outcome].some((one) => /refused|not-registry/.test(one))
      ? await otherPorts(engine, address, signal)
      : []
  const shown = await settings.shown(found)
  const configured = shown.configured.insecure ?? []
  const named = nameFault({
    ...{ address, https, http, daemon, certificate, configured, alternatives },
    live: shown.live,
  })
  return {
    address,
    ...named,
    ...{ https, http, daemon, certificate, alternatives },
    direct: directly(https, http),
    // The bundled engine has no such file: a registry in the list, with its protocol, is the cure.
    change: shown.kind === 'bundled' ? null : cure(named, address, configured, certificate),
    settings: shown,
  }
}

function directly(https: Look, http: Look): Diagnosis['direct'] {
  if (https.outcome === 'registry') return 'https'
  return http.outcome === 'registry' ? 'http' : null
}

/** The change of settings that makes the daemon accept this registry; null where none does. */
function cure(
  { fault }: Named,
  address: string,
  configured: readonly string[],
  certificate: Diagnosis['certificate'],
): SettingsChange | null {
  switch (fault) {
    case 'speaks-http':
    case 'scheme-in-list':
    case 'not-reloaded': {
      const kept = configured.filter((one) => one !== address && !withScheme(one, address))
      return { kind: 'list', key: 'insecure-registries', values: [...kept, address] }
    }
    case 'unknown-authority':
      return certificate && { kind: 'certificate', address, pem: certificate.authority }
    default:
      return null
  }
}

/** Registries at the usual ports of the same host. */
async function otherPorts(
  engine: DockerClient,
  address: string,
  signal: AbortSignal,
): Promise<Diagnosis['alternatives']> {
  const { hostname, port } = new URL(`http://${address}`)
  const ports = USUAL_PORTS.filter((one) => String(one) !== (port || '80'))
  const tried = ports.flatMap((one) => {
    const other = `${hostname}:${one}`
    const protocols = one === 443 ? ['https' as const] : (['http', 'https'] as const)
    return protocols.map(async (protocol) => {
      const { outcome } = await look(engine, other, protocol, signal, SIDE_LIMIT)
      return outcome === 'registry' ? [{ address: other, protocol }] : []
    })
  })
  return (await Promise.all(tried)).flat()
}
