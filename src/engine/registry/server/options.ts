/** What the registry process is started with. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { LaminaError } from '@shared/errors'
import { isMissing } from '../../blob/disk'
import { parseListenAddress } from './listen-address'
import type { RegistryServerOptions } from './server'

export const USAGE = `usage: registry --root DIR --addr HOST:PORT [options]
       registry --root DIR --gc [--untagged]

  --root DIR           where everything is kept; made when it does not exist
  --addr HOST:PORT     where to listen: 127.0.0.1:5000, [::1]:5000, :5000 (every address)
  --htpasswd FILE      users and their bcrypt passwords (htpasswd -B); needed beyond loopback
  --tls-cert FILE      certificate (PEM, with the chain) for https
  --tls-key FILE       its key
  --read-only          refuse every change
  --allow-anonymous    listen beyond loopback without users: whoever reaches it may do everything

  --gc                 do not serve: remove what nothing refers to, say what it was, and end
  --untagged           with --gc: manifests without a tag, too
`

export type RegistryCommand =
  | { run: 'help' }
  | { run: 'serve'; options: RegistryServerOptions }
  | { run: 'collect'; root: string; untagged: boolean }

/** @throws LaminaError invalid_input, file_missing */
export function readOptions(args: string[]): RegistryCommand {
  const values = parse(args)
  if (values.help) return { run: 'help' }
  if (!values.root) throw refuse('--root', 'it is missing')
  if (values.gc) return { run: 'collect', root: values.root, untagged: values.untagged ?? false }
  if (values.untagged) throw refuse('--untagged', 'it is for --gc')
  if (!values.addr) throw refuse('--addr', 'it is missing')
  const { 'tls-cert': certificate, 'tls-key': key } = values
  if ((certificate === undefined) !== (key === undefined)) {
    throw refuse(
      certificate ? '--tls-key' : '--tls-cert',
      'https needs both a certificate and a key',
    )
  }
  return {
    run: 'serve',
    options: {
      root: values.root,
      address: parseListenAddress(values.addr),
      htpasswd: values.htpasswd ?? null,
      tls: certificate && key ? { certificate: read(certificate), key: read(key) } : null,
      readOnly: values['read-only'] ?? false,
      allowAnonymous: values['allow-anonymous'] ?? false,
    },
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        root: { type: 'string' },
        addr: { type: 'string' },
        htpasswd: { type: 'string' },
        'tls-cert': { type: 'string' },
        'tls-key': { type: 'string' },
        'read-only': { type: 'boolean' },
        'allow-anonymous': { type: 'boolean' },
        gc: { type: 'boolean' },
        untagged: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values
  } catch (cause) {
    throw refuse('arguments', (cause as Error).message)
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if (isMissing(cause)) throw new LaminaError('file_missing', { path }, { cause })
    throw new LaminaError('permission_denied', { path }, { cause })
  }
}

function refuse(field: string, reason: string): LaminaError {
  return new LaminaError('invalid_input', { field, reason })
}
