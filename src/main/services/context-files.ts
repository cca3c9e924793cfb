/** The files of a build context: a folder without what its `.dockerignore` leaves out. */
import { readFile, readdir, readlink, stat, lstat } from 'node:fs/promises'
import type { Dirent } from 'node:fs'
import { basename, join } from 'node:path'
import { contextRules, type IgnoreRules } from '@shared/dockerignore'
import { LaminaError } from '@shared/errors'
import { fileError } from './file-errors'

export interface ContextFile {
  /** From the context's root, separated by `/`. */
  name: string
  path: string
  type: 'file' | 'directory' | 'symlink'
  /** Bytes; 0 of what is no file. */
  size: number
  mode: number
  mtime: Date
  /** Of a symbolic link. */
  linkname: string | null
}

/**
 * Reads `.dockerignore` and makes sure that the Dockerfile is there.
 * @throws LaminaError build_no_dockerfile, invalid_input (a pattern), those of the disk
 */
export async function readContextRules(folder: string, dockerfile: string): Promise<IgnoreRules> {
  const found = await stat(join(folder, dockerfile)).catch(() => null)
  if (!found?.isFile()) {
    throw new LaminaError('build_no_dockerfile', { path: dockerfile, folder: basename(folder) })
  }
  const text = await readOptional(join(folder, '.dockerignore'))
  const rules = contextRules(text ?? '', dockerfile)
  if (rules === null) {
    throw new LaminaError('invalid_input', {
      field: '.dockerignore',
      reason: 'a pattern in it cannot be read',
    })
  }
  return rules
}

/** Walks the folder in the order of names; sockets and devices are left out, as docker does. */
export async function* contextFiles(
  folder: string,
  rules: IgnoreRules,
  below = '',
): AsyncGenerator<ContextFile> {
  const here = join(folder, below)
  const entries = await onDisk(here, () => readdir(here, { withFileTypes: true }))
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`
    const ignored = rules.ignores(name)
    if (!ignored) {
      const file = await look(join(folder, name), name, entry)
      if (file) yield file
    }
    if (entry.isDirectory() && (!ignored || rules.bringsBackBelow(name))) {
      yield* contextFiles(folder, rules, name)
    }
  }
}

async function look(path: string, name: string, entry: Dirent): Promise<ContextFile | null> {
  return onDisk(path, async () => {
    const { mode, mtime, size } = await lstat(path)
    const common = { name, path, mode: mode & 0o7777, mtime, linkname: null }
    if (entry.isFile()) return { ...common, type: 'file', size }
    if (entry.isDirectory()) return { ...common, type: 'directory', size: 0 }
    if (!entry.isSymbolicLink()) return null
    return { ...common, type: 'symlink', size: 0, linkname: await readlink(path) }
  })
}

async function readOptional(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw fileError(thrown, path)
  }
}

async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw fileError(thrown, path)
  }
}
