/**
 * Docker's own client configuration: `config.json` and the contexts beside it, in $DOCKER_CONFIG or
 * `~/.docker` (docs.docker.com/reference/cli/docker/#docker-cli-configuration-file-configjson-properties).
 * Only read here; docker-auths.ts writes its logins.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { TlsFiles } from './address'

const configSchema = z.object({
  auths: z
    .record(
      z.string(),
      z
        .object({
          auth: z.string().optional(),
          identitytoken: z.string().optional(),
        })
        .catch({}),
    )
    .optional()
    .catch(undefined),
  credsStore: z.string().optional().catch(undefined),
  credHelpers: z.record(z.string(), z.string()).optional().catch(undefined),
  currentContext: z.string().optional().catch(undefined),
})
export type DockerConfig = z.output<typeof configSchema>

const contextSchema = z.object({
  Name: z.string().min(1),
  Endpoints: z.object({ docker: z.object({ Host: z.string().min(1) }).optional() }),
})

export interface DockerContext {
  name: string
  host: string
  tls: TlsFiles | null
}

export type Environment = Readonly<Record<string, string | undefined>>

/** The folder of Docker's client configuration. */
export function dockerConfigDir(env: Environment, userHome: string): string {
  const given = env.DOCKER_CONFIG
  return given === undefined || given === '' ? join(userHome, '.docker') : given
}

/** `config.json`, or an empty one where there is none or it cannot be read. */
export function readDockerConfig(dir: string): DockerConfig {
  const text = readText(join(dir, 'config.json'))
  if (text === undefined) return {}
  try {
    return configSchema.parse(JSON.parse(text))
  } catch {
    return {}
  }
}

/** Every context with a Docker endpoint, in the order of their names. */
export function readContexts(dir: string): DockerContext[] {
  const meta = join(dir, 'contexts', 'meta')
  let folders: string[]
  try {
    folders = readdirSync(meta)
  } catch {
    return []
  }
  const contexts: DockerContext[] = []
  for (const folder of folders) {
    try {
      const text = readFileSync(join(meta, folder, 'meta.json'), 'utf8')
      const context = contextSchema.parse(JSON.parse(text))
      const host = context.Endpoints.docker?.Host
      if (host === undefined) continue
      contexts.push({ name: context.Name, host, tls: contextTls(dir, context.Name) })
    } catch {
      continue // a context that docker itself could not read, either
    }
  }
  return contexts.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** `ca.pem`, `cert.pem` and `key.pem` of a folder; null where it has none of them. */
export function readTlsFiles(dir: string): TlsFiles | null {
  const files: TlsFiles = {}
  for (const name of ['ca', 'cert', 'key'] as const) {
    const text = readText(join(dir, `${name}.pem`))
    if (text !== undefined) files[name] = text
  }
  return Object.keys(files).length === 0 ? null : files
}

/** Contexts keep their TLS files in a folder named by the SHA-256 of the context's name. */
function contextTls(dir: string, name: string): TlsFiles | null {
  const folder = createHash('sha256').update(name).digest('hex')
  return readTlsFiles(join(dir, 'contexts', 'tls', folder, 'docker'))
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
