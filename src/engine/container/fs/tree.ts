/**
 * Trees of files as a container sees them. Paths are H1's: relative to the root, cleaned, "" for
 * the root itself (see ../../layer/types).
 */
import type { Content, LayerEntry } from '../../layer/types'

/** One file, directory, link or device at a path. */
export interface Item {
  /** Its type is never `hardlink`: a further name of a file is shown as that file. */
  entry: LayerEntry
  /** The same value for names of one file (hard links); null where there can be no other name. */
  identity: string | object | null
  /** Its content as a tar writer takes it. */
  content: Content
}

/** A tree that is in memory: metadata without waiting, content by reference. */
export interface Tree {
  /** What is at a path; follows no links, so that a path through a link finds nothing. */
  lookup(path: string): Item | null
  /** Names in a directory, sorted by code unit; empty for anything else. */
  list(path: string): string[]
}

/** The directory part of a path; "" for what lies in the root. */
export function parentOf(path: string): string {
  const at = path.lastIndexOf('/')
  return at < 0 ? '' : path.slice(0, at)
}

export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

export function join(directory: string, name: string): string {
  if (directory === '') return name
  return name === '' ? directory : `${directory}/${name}`
}

/** The parts of a path; none for the root. */
export function parts(path: string): string[] {
  return path === '' ? [] : path.split('/')
}

/** Whether `path` is `directory` or below it. */
export function isWithin(path: string, directory: string): boolean {
  return directory === '' || path === directory || path.startsWith(`${directory}/`)
}

/** `.` and `..` resolved and slashes collapsed, without looking at links; never above the root. */
export function clean(path: string): string {
  const kept: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') kept.pop()
    else if (part !== '' && part !== '.') kept.push(part)
  }
  return kept.join('/')
}

export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
