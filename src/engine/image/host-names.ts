/**
 * Names that the file system of this machine cannot hold. A container's own layer keeps names as data;
 * volumes and bind mounts are folders here, and what cannot be kept in them is refused, never renamed.
 * So is the name of a volume that cannot be its folder's.
 */
import { LaminaError } from '@shared/errors'
import { errno } from '../blob/disk'
import { displayName } from '../layer/names'

/** Devices of DOS, whatever stands behind the first dot (learn.microsoft.com, "Naming Files"). */
const DEVICES =
  /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])\s*(?:\.|$)/i
const FORBIDDEN = /[<>:"|?*\\\u0000-\u001f]/
/** UTF-16 units of one name on NTFS and APFS. */
const MAX_NAME = 255

/** Why this system cannot hold a name (one part of a path); null: it can. */
export function nameFault(
  name: string,
  platform: NodeJS.Platform = process.platform,
): string | null {
  if (name.includes('\0')) return 'it has a NUL in it'
  if (platform !== 'win32' && platform !== 'darwin') return null
  if (/[\udc80-\udcff]/.test(name) && displayName(name) !== name) return 'it is not UTF-8'
  if (name.length > MAX_NAME) return `it has more than ${MAX_NAME} characters`
  if (platform === 'darwin') return null
  const forbidden = FORBIDDEN.exec(name)
  if (forbidden) return `Windows allows no ${JSON.stringify(forbidden[0])} in a name`
  if (/[. ]$/.test(name)) return 'Windows drops a dot or space at the end of a name'
  if (DEVICES.test(name)) return 'Windows keeps this name for a device'
  return null
}

/** Whether names that differ in case only are one file on this system, unless it was set up otherwise. */
export function foldsCase(platform: NodeJS.Platform = process.platform): boolean {
  return platform === 'win32' || platform === 'darwin'
}

/**
 * The name in `names` that a file system which folds case would take for `name`, or null. It takes a
 * few for one that NTFS tells apart (ß and SS): refused rather than lost.
 */
export function clashingName(name: string, names: Iterable<string>): string | null {
  const folded = fold(name)
  for (const other of names) if (other !== name && fold(other) === folded) return other
  return null
}

const fold = (name: string): string => name.normalize('NFC').toUpperCase()

/** @throws LaminaError name_impossible when a part of the path cannot be kept here */
export function checkNames(path: string, platform: NodeJS.Platform = process.platform): void {
  for (const part of path.split('/')) {
    const reason = nameFault(part, platform)
    if (reason !== null) throw impossible(part, reason)
  }
}

/** A failure of the file system that is about the name, as `name_impossible`; others as they are. */
export function nameError(error: unknown, path: string): unknown {
  const reasons: Record<string, string> = {
    ENAMETOOLONG: 'it, or the path to it, is too long',
    EILSEQ: 'the file system knows no such characters',
  }
  const reason = reasons[errno(error) ?? '']
  return reason === undefined ? error : impossible(path, reason, error)
}

export function impossible(name: string, reason: string, cause?: unknown): LaminaError {
  const shown = displayName(name).slice(0, MAX_NAME)
  return new LaminaError('name_impossible', { name: shown, reason }, { cause })
}
