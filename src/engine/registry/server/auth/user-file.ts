/** Adds to and removes from a password file (htpasswd.ts); lines of others stay as they are. */
import { hash } from 'bcryptjs'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isMissing, makeFolder, onDisk, writeFileAtomic } from '../../../blob/disk'
import { parseHtpasswd } from './htpasswd'

/** As `htpasswd -B` today: some 60 ms for each password that is tried. */
const COST = 10

/** One change after the other: each reads the file that the one before has left. */
let last: Promise<unknown> = Promise.resolve()

/** Names in the order of the file; none where there is no file. Throws invalid_input. */
export async function listUsers(file: string): Promise<string[]> {
  return [...parseHtpasswd(await read(file), file).keys()]
}

/** Adds a user, or gives a new password. The password is kept as its bcrypt hash only. */
export function putUser(file: string, name: string, password: string): Promise<void> {
  return change(file, async (lines) => [
    ...without(lines, name),
    `${name}:${await hash(password, COST)}`,
  ])
}

/** False: there is no such user. */
export async function removeUser(file: string, name: string): Promise<boolean> {
  let there = false
  await change(file, async (lines) => {
    const rest = without(lines, name)
    there = rest.length < lines.length
    return rest
  })
  return there
}

function change(file: string, edit: (lines: string[]) => Promise<string[]>): Promise<void> {
  const next = last.then(async () => {
    const text = await read(file)
    // What cannot be read is not written over.
    parseHtpasswd(text, file)
    const lines = await edit(text.split(/\r?\n/).filter((line) => line !== ''))
    const folder = dirname(file)
    await makeFolder(folder)
    await writeFileAtomic(folder, file, lines.map((line) => `${line}\n`).join(''))
  })
  last = next.catch(() => undefined)
  return next
}

const without = (lines: string[], name: string) =>
  lines.filter((line) => !line.trim().startsWith(`${name}:`))

async function read(file: string): Promise<string> {
  return onDisk(file, async () => {
    try {
      return await readFile(file, 'utf8')
    } catch (error) {
      if (isMissing(error)) return ''
      throw error
    }
  })
}
