/** What a daemon knows of registries (`GET /info`), and what it says when it is sent to one. */
import { z } from 'zod'
import type { LiveSettings } from '@shared/doctor'
import { LaminaError } from '@shared/errors'
import type { DockerClient } from './client'
import { list, text } from './lenient'

/** GET /info, as far as registries go; Podman has none of it. */
const registryInfoSchema = z.object({
  OperatingSystem: text,
  SecurityOptions: list(z.string()),
  HttpProxy: text,
  HttpsProxy: text,
  NoProxy: text,
  RegistryConfig: z
    .object({
      InsecureRegistryCIDRs: list(z.string()),
      IndexConfigs: z
        .record(z.string(), z.object({ Secure: z.boolean().nullish() }))
        .nullish()
        .transform((value) => value ?? {}),
      Mirrors: list(z.string()),
    })
    .nullish(),
})

export interface RegistryInfo {
  /** "Docker Desktop", "Debian GNU/Linux 12". */
  operatingSystem: string
  rootless: boolean
  live: LiveSettings | null
}

const INFO_LIMIT = 10_000
/** A daemon takes its time for an address that does not answer. */
const ASK_LIMIT = 25_000

export async function readRegistryInfo(
  client: DockerClient,
  signal?: AbortSignal,
): Promise<RegistryInfo> {
  const info = await client.json({ path: '/info', signal, timeout: INFO_LIMIT }, registryInfoSchema)
  const config = info.RegistryConfig
  return {
    operatingSystem: info.OperatingSystem,
    rootless: info.SecurityOptions.some((option) => option.includes('rootless')),
    live: config
      ? {
          insecure: Object.entries(config.IndexConfigs)
            .filter(([, { Secure }]) => Secure === false)
            .map(([name]) => name)
            .sort(),
          insecureNetworks: config.InsecureRegistryCIDRs,
          mirrors: config.Mirrors.map((mirror) => mirror.replace(/\/$/, '')),
          httpProxy: info.HttpProxy,
          httpsProxy: info.HttpsProxy,
          noProxy: info.NoProxy,
        }
      : null,
  }
}

/** An image that nobody has: only the way to the registry is asked about. */
const NOBODYS = 'lamina-doctor/nothing:latest'

/** What a registry answers that was reached, in the words in which daemons pass it on. */
const REACHED =
  /manifest unknown|name unknown|not found: |repository name not known|denied|unauthorized|authentication required|no basic auth|toomanyrequests/i

/**
 * Sends the daemon to a registry: GET /distribution/{name}/json (API 1.30), for an image that is not
 * there. Null where the engine has no such call (Podman), is down, or does not answer in time.
 */
export async function askDaemon(
  client: DockerClient,
  address: string,
  signal?: AbortSignal,
): Promise<{ reached: boolean; message: string } | null> {
  try {
    const path = `/distribution/${address}/${NOBODYS}/json`
    await client.text({ path, signal, timeout: ASK_LIMIT })
    return { reached: true, message: '' }
  } catch (thrown) {
    if (!(thrown instanceof LaminaError)) throw thrown
    if (thrown.code === 'cancelled') throw thrown
    const message = String(thrown.cause ?? '')
    if (!message.startsWith('HTTP ')) return null
    const answer = message.replace(/^HTTP \d+: /, '').trim()
    if (/^HTTP (?:404|501)/.test(message) && /^(?:page )?not found$|no such/i.test(answer)) {
      return null
    }
    return { reached: REACHED.test(answer) && !/404 page not found/.test(answer), message: answer }
  }
}
