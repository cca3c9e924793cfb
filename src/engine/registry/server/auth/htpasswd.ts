/** Apache's password file, as docker-registry takes it: `user:bcrypt hash` a line. */
import { LaminaError } from '@shared/errors'

/** Versions 2a, 2b and 2y, a cost of 4 to 31, 53 letters of salt and hash. */
const BCRYPT = /^\$2[aby]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/

/** The longest password that bcrypt sees in full is 72 bytes; names are kept as short. */
const NAME = /^[^:\s]{1,255}$/

/**
 * Names to hashes. Empty lines and lines that begin with # are comments.
 * @throws LaminaError invalid_input, with the number of the line
 */
export function parseHtpasswd(text: string, path: string): Map<string, string> {
  const users = new Map<string, string>()
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) continue
    const colon = trimmed.indexOf(':')
    const name = trimmed.slice(0, Math.max(colon, 0))
    const hash = trimmed.slice(colon + 1)
    if (!NAME.test(name)) throw refuse(path, at, 'there is no user name')
    if (!BCRYPT.test(hash))
      throw refuse(path, at, `the password of ${name} is not bcrypt's (htpasswd -B)`)
    users.set(name, hash)
  }
  return users
}

function refuse(path: string, at: number, reason: string): LaminaError {
  return new LaminaError('invalid_input', { field: path, reason: `line ${at + 1}: ${reason}` })
}
