/**
 * The logins of Docker's `config.json`, written as the docker CLI writes them: one key of `auths`
 * changes, everything else stays byte for byte; through a symbolic link, aside and renamed, mode 0600.
 * `.dockercfg`, which came before config.json, is read only.
 */
import { readFile, realpath } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { applyEdits, modify, type JSONPath } from 'jsonc-parser'
import { z } from 'zod'
import { LaminaError } from '@shared/errors'
import { DEFAULT_DOMAIN } from '@shared/reference'
import { TOKEN_USER } from '@shared/registries'
import type { RegistryAuth } from './client'
import type { DockerConfig } from './docker-config'
import { replacePrivateFile } from './replace-file'

/** Docker Hub's key in config.json and in helpers, since the days of the first registry. */
const HUB_KEY = 'https://index.docker.io/v1/'

/** The host that a key of config.json means: with or without scheme and path. */
export function hostOfKey(key: string): string {
  const host = key.replace(/^https?:\/\//, '').split('/')[0] as string
  return /^(?:index\.|registry-1\.)?docker\.io$/.test(host) ? DEFAULT_DOMAIN : host
}

/** The key that `docker login` gives to a host. */
export function serverKey(host: string): string {
  return host === DEFAULT_DOMAIN ? HUB_KEY : host
}

export function passwordAuth(
  host: string,
  { username, password }: { username: string; password: string },
): RegistryAuth {
  return { username, password, serveraddress: serverKey(host) }
}

/** @param username whose it is, where that is known */
export function tokenAuth(
  host: string,
  identitytoken: string,
  username: string | null = null,
): RegistryAuth {
  return {
    ...(username !== null && { username }),
    ...{ identitytoken, serveraddress: serverKey(host) },
  }
}

/** `auths` of config.json: base64 of user:password, or an identity token. */
export function configAuth(auths: DockerConfig['auths'], host: string): RegistryAuth | null {
  for (const [key, entry] of Object.entries(auths ?? {})) {
    if (hostOfKey(key) !== host) continue
    const login = readLogin(entry.auth)
    if (entry.identitytoken) return tokenAuth(host, entry.identitytoken, login?.username)
    if (login) return passwordAuth(host, login)
  }
  return null
}

/** Hosts for which `auths` holds a login, with the user's name. */
export function configLogins(auths: DockerConfig['auths']): Map<string, string> {
  const found = new Map<string, string>()
  for (const key of Object.keys(auths ?? {})) {
    const host = hostOfKey(key)
    const auth = configAuth(auths, host)
    if (auth) found.set(host, auth.username ?? TOKEN_USER)
  }
  return found
}

function readLogin(auth: string | undefined): { username: string; password: string } | null {
  const text = Buffer.from(auth ?? '', 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 1) return null
  // Docker pads the password with zero bytes.
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') }
}

const legacySchema = z.record(z.string(), z.object({ auth: z.string() }).catch({ auth: '' }))

/** `auths` of a `.dockercfg`; none where there is no such file or it cannot be read. */
export function readLegacyAuths(path: string | null): NonNullable<DockerConfig['auths']> {
  if (path === null) return {}
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return {}
  }
  try {
    return legacySchema.parse(JSON.parse(text))
  } catch {
    // Its first form, of Docker Hub alone: `auth = …` and `email = …`.
    const auth = /^\s*auth\s*=\s*(\S+)\s*$/m.exec(text)?.[1]
    return auth === undefined ? {} : { [HUB_KEY]: { auth } }
  }
}

/** `{}`, as Docker leaves it where a helper has the password; or the password itself. */
export type AuthEntry = Record<string, never> | { auth: string }

export function authEntry(username: string, password: string): AuthEntry {
  return { auth: Buffer.from(`${username}:${password}`, 'utf8').toString('base64') }
}

/** One change after the other, of whichever folder. */
let last: Promise<unknown> = Promise.resolve()

/**
 * Sets the entry of a host, or removes all that mean it (null). A file that is no JSON object is left
 * alone. @throws LaminaError docker_config_broken, and those of the file system (as they are)
 */
export function writeAuth(dir: string, host: string, entry: AuthEntry | null): Promise<void> {
  const next = last.then(() => write(dir, host, entry))
  last = next.catch(() => undefined)
  return next
}

async function write(dir: string, host: string, entry: AuthEntry | null): Promise<void> {
  const named = join(dir, 'config.json')
  const path = await realpath(named).catch(() => named)
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return ''
    throw thrown
  })
  const keys = authKeys(text, named).filter((key) => hostOfKey(key) === host)
  const wanted = serverKey(host)
  let changed = text.trim() === '' ? '{}' : text
  // One that docker wrote under another form of the address would be found before ours.
  for (const key of keys) {
    if (entry === null || key !== wanted) changed = edited(changed, ['auths', key], undefined)
  }
  if (entry !== null) changed = edited(changed, ['auths', wanted], entry)
  if (changed !== text && !(entry === null && text === '')) await replacePrivateFile(path, changed)
}

/** Keys of `auths`. Throws where the file cannot be changed without loss. */
function authKeys(text: string, path: string): string[] {
  if (text.trim() === '') return []
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new LaminaError('docker_config_broken', { path }, { cause })
  }
  const parsed = z.object({ auths: z.record(z.string(), z.unknown()).nullish() }).safeParse(value)
  if (!parsed.success) {
    throw new LaminaError('docker_config_broken', { path }, { cause: parsed.error.message })
  }
  return Object.keys(parsed.data.auths ?? {})
}

function edited(text: string, path: JSONPath, value: AuthEntry | undefined): string {
  const indent = /\n([\t ]+)\S/.exec(text)?.[1] ?? '\t'
  const formattingOptions = {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.startsWith('\t') ? 4 : indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  }
  return applyEdits(text, modify(text, path, value, { formattingOptions }))
}
