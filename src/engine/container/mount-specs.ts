/**
 * What a client asks to be mounted, read as dockerd reads it (moby volume/mounts/linux_parser.go):
 * `-v SPEC`, `--mount` and `--volumes-from`.
 */
import { posix, win32 } from 'node:path'
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

/** `C:\` or `C:/` at the beginning of a path of Windows. */
const DRIVE = /^[A-Za-z]:[\\/]/

/**
 * Reads one of `HostConfig.Binds`; on Windows the source may begin with a drive (`C:\data:/data`).
 * @throws LaminaError invalid_input with dockerd's sentence
 */
export function parseBind(
  raw: string,
  driver: string,
  platform: NodeJS.Platform = process.platform,
): ParsedMount {
  const drive = platform === 'win32' && DRIVE.test(raw) ? raw.slice(0, 2) : ''
  const fields = raw.slice(drive.length).split(':')
  fields[0] = drive + (fields[0] ?? '')
  const [first = '', second = '', mode = ''] = fields
  if (first === '' || fields.length > 3) throw invalidSpec(raw)
  if (fields.length === 2 && isMode(second)) throw invalidSpec(raw)
  if (!isMode(mode)) throw refuse(`invalid mode: ${mode}`)
  const source = fields.length === 1 ? '' : first
  const flags = mode.split(',')
  const isBind = isAbsolute(source, platform)
  const propagation = flags.find((flag) => PROPAGATIONS.includes(flag))
  let mount: ParsedMount
  try {
    mount = parseMount(
      {
        Type: isBind ? 'bind' : 'volume',
        Source: source,
        Target: fields.length === 1 ? first : second,
        ReadOnly: flags.includes('ro'),
        ...(propagation !== undefined && { BindOptions: { Propagation: propagation } }),
        ...(flags.includes('nocopy') && { VolumeOptions: { NoCopy: true } }),
      },
      driver,
      platform,
    )
  } catch (error) {
    if (!(error instanceof LaminaError)) throw error
    throw refuse(`invalid volume specification: '${raw}': ${error.params.docker}`)
  }
  return { ...mount, mode: mode || mount.mode }
}

/** Reads one of `HostConfig.Mounts`. @throws LaminaError invalid_input with dockerd's sentence */
export function parseMount(
  spec: MountSpec,
  driver = '',
  platform: NodeJS.Platform = process.platform,
): ParsedMount {
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
    const { Propagation: propagation = '' } = spec.BindOptions ?? {}
    if (propagation !== '' && !PROPAGATIONS.includes(propagation)) {
      throw wrong(`invalid propagation mode: ${propagation}`)
    }
    if (!isAbsolute(source, platform)) {
      throw wrong(`invalid mount path: '${source}' mount path must be absolute`)
    }
    if (spec.VolumeOptions) throw wrong('field VolumeOptions must not be specified')
  } else if (spec.BindOptions) throw wrong('field BindOptions must not be specified')
  if (type === 'volume' && source === '' && spec.ReadOnly) {
    throw wrong('must not set ReadOnly mode when using anonymous volumes')
  }
  if (type === 'tmpfs' && source !== '') throw wrong('field Source must not be specified')
  return {
    type,
    name: type === 'volume' ? source : '',
    source: type === 'bind' ? normalSource(source) : '',
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

function isAbsolute(source: string, platform: NodeJS.Platform): boolean {
  return source.startsWith('/') || (platform === 'win32' && DRIVE.test(source))
}

/** Without "." and "..", and without a separator at the end that is no root's. */
function normalSource(source: string): string {
  if (source.startsWith('/')) return posix.normalize(source).replace(/(?<=.)\/$/, '')
  return win32.normalize(source).replace(/(?<!:)\\$/, '')
}

function invalidSpec(raw: string): LaminaError {
  return refuse(`invalid volume specification: '${raw}'`)
}

export function refuse(reason: string): LaminaError {
  return new LaminaError('invalid_input', { field: 'HostConfig', reason, docker: reason })
}
