/** Paths as the instructions of a Dockerfile name them. */
import { posix } from 'node:path'
import type { LaminaError } from '@shared/errors'
import { refused } from '../container/wording'

/** Whether a path, cleaned, begins with "..": links in it are followed inside the root only. */
export function leadsOut(path: string): boolean {
  return /^\.\.(?:\/|$)/.test(posix.normalize(path))
}

export function outside(path: string): LaminaError {
  return refused(`forbidden path outside the build context: ${path} ()`)
}

/** The absolute path of a destination, its trailing slash kept: that says that it is a folder. */
export function destinationOf(workingDir: string, path: string): string {
  if (path.startsWith('/')) return path
  const whole = posix.join('/', workingDir, path).replace(/(?<=.)\/$/, '')
  return path.endsWith('/') && whole !== '/' ? `${whole}/` : whole
}

/** Go's filepath.Clean of an absolute path. */
export function cleanFolder(path: string): string {
  return posix.normalize(path).replace(/(?<=.)\/$/, '')
}
