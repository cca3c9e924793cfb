/** Errors of the file system as codes of the one table. */
import { LaminaError, type ErrorCode } from '@shared/errors'

const CODES: Record<string, ErrorCode> = {
  ENOSPC: 'disk_full',
  EDQUOT: 'disk_full',
  EROFS: 'read_only',
  EACCES: 'permission_denied',
  EPERM: 'permission_denied',
  ENOENT: 'file_missing',
  ENOTDIR: 'file_missing',
}

/** The error of a call on `path`; what is no file error stays `internal`. */
export function fileError(thrown: unknown, path: string): LaminaError {
  if (thrown instanceof LaminaError) return thrown
  const errno = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  const code = CODES[errno]
  if (code === undefined) return new LaminaError('internal', {}, { cause: thrown })
  return new LaminaError(code, { path }, { cause: thrown })
}
