/**
 * What a client asks to be mounted, read as dockerd reads it (moby volume/mounts/linux_parser.go):
 * `-v SPEC`, `--mount` and `--volumes-from`.
 */
import { posix } from 'node:path'
import { LaminaError } from '@shared/errors'
import type { MountSpec } from './host-config'
import type { MountPoint } from './record'

/** A mount before its volume exists: without `source` where it is a volume. */
export type ParsedMount = MountPoint & {
  labels: Record<string, string> | null
  options: Record<string, string> | null
}

const MODE_GROUPS = [
  ['rw', 'ro'],
  ['z', 'Z'],
  ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'],
  ['nocopy'],
  ['consistent', 'cached', 'delegated'],
]
const PROPAGATIONS = MODE_GROUPS[2] as string[]

/** Reads one of `HostConfig.Binds`. @throws LaminaError invalid_input with dockerd's sentence */
export function parseBind(raw: string, driver: string): ParsedMount {
  const fields = raw.split(':')
  const [first = '', second = '', mode = ''] = fields
  if (first === '' || fields.length > 3) throw invalidSpec(raw)
  if (fields.length === 2 && isMode(second)) throw invalidSpec(raw)
  if (!isMode(mode)) throw refuse(`invalid mode: ${mode}`)
  const source = fields.length === 1 ? '' : first
  const flags = mode.split(',')
  const isBind = source.startsWith('/')
  let mount: ParsedMount
  try {
    mount = parseMount(
      {
        Type: isBind ? 'bind' : 'volume',
        Source: source,
        Target: fields.length === 1 ? first : second,
        ReadOnly: flags.includes('ro'),
      },
      driver,
    )
  } catch (error) {
    if (!(error instanceof LaminaError)) throw error
    throw refuse(`invalid volume specification: '${raw}': ${error.params.docker}`)
  }
  const propagation = flags.find((flag) => PROPAGATIONS.includes(flag))
  return {
    ...mount,
    mode: mode || mount.mode,
    propagation: propagation ?? mount.propagation,
    copyData: mount.copyData && !flags.includes('nocopy'),
  }
}

/** Reads one of `HostConfig.Mounts`. @throws LaminaError invalid_input with dockerd's sentence */
export function parseMount(spec: MountSpec, driver = ''): ParsedMount {
  const { Type: type, Source: source = '', Target: target } = spec
  const wrong = (text: string) => refuse(`invalid mount config for type "${type}": ${text}`)
  if (target === '') throw wrong('field Target must not be empty')
  if (posix.normalize(target) === '/') {
    throw wrong("invalid specification: destination can't be '/'")
  }
  if (!target.startsWith('/')) {
    throw wrong(`invalid mount path: '${target}' mount path must be absolute`)
  }
  if (type !== 'bind' && type !== 'volume' && type !== 'tmpfs') throw wrong('mount type unknown')
  if (type === 'bind') {
    if (source === '') throw wrong('field Source must not be empty')
    if (!source.startsWith('/')) {
      throw wrong(`invalid mount path: '${source}' mount path must be absolute`)
    }
    if (spec.VolumeOptions) throw wrong('field VolumeOptions must not be specified')
  }
  if (type === 'volume' && source === '' && spec.ReadOnly) {
    throw wrong('must not set ReadOnly mode when using anonymous volumes')
  }
  if (type === 'tmpfs' && source !== '') throw wrong('field Source must not be specified')
  return {
    type,
    name: type === 'volume' ? source : '',
    source: type === 'bind' ? posix.normalize(source).replace(/(?<=.)\/$/, '') : '',
    destination: posix.normalize(target).replace(/\/$/, ''),
    driver: type === 'volume' ? spec.VolumeOptions?.DriverConfig?.Name || driver || 'local' : '',
    mode: type === 'volume' ? 'z' : '',
    rw: !spec.ReadOnly,
    propagation: type === 'bind' ? spec.BindOptions?.Propagation || 'rprivate' : '',
    anonymous: type === 'volume' && source === '',
    copyData: type === 'volume' && !spec.VolumeOptions?.NoCopy,
    labels: spec.VolumeOptions?.Labels ?? null,
    options: spec.VolumeOptions?.DriverConfig?.Options ?? null,
  }
}

/** Reads one of `HostConfig.VolumesFrom`: `CONTAINER[:MODE]`. */
export function parseVolumesFrom(spec: string): { container: string; writable: boolean } {
  if (spec === '') throw refuse('volumes-from specification cannot be an empty string')
  const at = spec.indexOf(':')
  const mode = at < 0 ? '' : spec.slice(at + 1)
  if (!isMode(mode)) throw refuse(`invalid mode: ${mode}`)
  const flags = mode.split(',')
  if (flags.some((flag) => PROPAGATIONS.includes(flag) || flag === 'nocopy')) {
    throw refuse(`invalid mode: ${mode}`)
  }
  return { container: at < 0 ? spec : spec.slice(0, at), writable: !flags.includes('ro') }
}

/** Comma-separated flags, of each group one at most. */
function isMode(mode: string): boolean {
  if (mode === '') return true
  const flags = mode.split(',')
  const known = MODE_GROUPS.flat()
  return (
    flags.every((flag) => known.includes(flag)) &&
    MODE_GROUPS.every((group) => flags.filter((flag) => group.includes(flag)).length <= 1)
  )
}

function invalidSpec(raw: string): LaminaError {
  return refuse(`invalid volume specification: '${raw}'`)
}

export function refuse(reason: string): LaminaError {
  return new LaminaError('invalid_input', { field: 'HostConfig', reason, docker: reason })
}
