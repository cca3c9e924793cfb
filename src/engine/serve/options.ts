/** What the engine process is started with. */
import { parseArgs } from 'node:util'
import { LaminaError } from '@shared/errors'

export const USAGE = `usage: engine --root DIR --host ADDRESS [--insecure-registry HOST[:PORT]]...

  --root DIR                 where everything is kept; made when it does not exist
  --host ADDRESS             unix:///PATH, npipe:////./pipe/NAME (Windows), tcp://127.0.0.1:PORT
  --insecure-registry HOST   a registry that may be reached over http; may be given again
`

export interface ServeOptions {
  root: string
  host: string
  insecureRegistries: string[]
}

/** @throws LaminaError invalid_input */
export function readOptions(args: string[]): ServeOptions | 'help' {
  let values
  try {
    values = parseArgs({
      args,
      options: {
        root: { type: 'string' },
        host: { type: 'string' },
        'insecure-registry': { type: 'string', multiple: true },
        help: { type: 'boolean' },
      },
    }).values
  } catch (cause) {
    throw refuse('arguments', (cause as Error).message)
  }
  if (values.help) return 'help'
  if (!values.root) throw refuse('--root', 'it is missing')
  if (!values.host) throw refuse('--host', 'it is missing')
  return {
    root: values.root,
    host: values.host,
    insecureRegistries: values['insecure-registry'] ?? [],
  }
}

function refuse(field: string, reason: string): LaminaError {
  return new LaminaError('invalid_input', { field, reason })
}
