/**
 * What the person who starts Lamina may say, in Electron and in the browser mode alike:
 * `--home DIR` (or LAMINA_HOME), `--engine bundled|docker`, `--port N`.
 */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { LaminaError } from '@shared/errors'

export interface Options {
  /** Everything that the app keeps lies here. */
  home: string
  /** The kind of engine to begin with; null: what was used last, or what is found. */
  engine: 'bundled' | 'docker' | null
  /** Port of the browser mode; 0: any. */
  port: number
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads arguments and environment. Electron passes Chromium's own switches, too: there, what is
 * not known is left alone (`strict: false`); in the browser mode it is refused.
 */
export function readOptions(
  args: readonly string[],
  env: Environment,
  { strict }: { strict: boolean },
): Options {
  const options: Options = { home: env.LAMINA_HOME || defaultHome(env), engine: null, port: 0 }
  for (let index = 0; index < args.length; index++) {
    const [name, inline] = splitArgument(args[index] as string)
    if (name === '--browser') continue
    if (name !== '--home' && name !== '--engine' && name !== '--port') {
      if (strict) throw refused(name, 'not an option of Lamina')
      continue
    }
    const value = inline ?? args[++index]
    if (value === undefined || value === '') throw refused(name, 'it needs a value')
    if (name === '--home') options.home = value
    else if (name === '--engine') options.engine = readEngine(value)
    else options.port = readPort(value)
  }
  options.home = resolve(options.home)
  return options
}

/** The platform's folder for what an application keeps. */
export function defaultHome(
  env: Environment,
  platform: NodeJS.Platform = process.platform,
): string {
  if (platform === 'win32') return join(env.APPDATA || join(homedir(), 'AppData/Roaming'), 'Lamina')
  if (platform === 'darwin') return join(homedir(), 'Library/Application Support/Lamina')
  return join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'lamina')
}

function splitArgument(argument: string): [string, string | undefined] {
  const equals = argument.indexOf('=')
  if (!argument.startsWith('--') || equals < 0) return [argument, undefined]
  return [argument.slice(0, equals), argument.slice(equals + 1)]
}

function readEngine(value: string): 'bundled' | 'docker' {
  if (value !== 'bundled' && value !== 'docker') throw refused('--engine', 'bundled or docker')
  return value
}

function readPort(value: string): number {
  const port = Number(value)
  if (!/^\d+$/.test(value) || port > 65_535) throw refused('--port', 'a number from 0 to 65535')
  return port
}

function refused(field: string, reason: string): LaminaError {
  return new LaminaError('invalid_input', { field, reason })
}
