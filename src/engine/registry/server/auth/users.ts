/**
 * Who may use the registry: basic authentication against a password file that may change at any time.
 *
 * bcrypt is slow by design, so a header that was compared once is remembered, under a keyed hash that
 * says nothing about the password, until the file changes. A name that does not exist costs as much
 * as a wrong password.
 */
import { compare } from 'bcryptjs'
import { createHmac, randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { LaminaError } from '@shared/errors'
import { isMissing } from '../../../blob/disk'
import { Fault } from '../faults'
import { parseHtpasswd } from './htpasswd'

/** Headers that are remembered; a handful of clients uses the same few over and over. */
const MAX_REMEMBERED = 2000
/** Comparisons that may wait for their turn; more are asked to come back. */
const MAX_WAITING = 200
/** The salt and hash of nobody's password. */
const NOBODY = 'WApznUPhDubN0oeveSXHp.ujqeRgOsMqmCh65pFrXoFyEGmWcG2a2'

export class Users {
  readonly #path: string
  readonly #onFailure: (error: unknown) => void
  readonly #key = randomBytes(32)
  #users: Map<string, string>
  /** What tells that the file was changed. */
  #version: string
  #remembered = new Map<string, boolean | Promise<boolean>>()
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** @throws LaminaError file_missing, invalid_input */
  static open(path: string, onFailure: (error: unknown) => void): Users {
    try {
      return new Users(path, onFailure, parseHtpasswd(readFileSync(path, 'utf8'), path))
    } catch (error) {
      if (isMissing(error)) throw new LaminaError('file_missing', { path }, { cause: error })
      throw error
    }
  }

  private constructor(
    path: string,
    onFailure: (error: unknown) => void,
    users: Map<string, string>,
  ) {
    this.#path = path
    this.#onFailure = onFailure
    this.#users = users
    this.#version = this.#currentVersion()
  }

  /**
   * Whether this `Authorization` header is a user's; at once where it was seen before.
   * @throws Fault TOOMANYREQUESTS
   */
  check(header: string | undefined): boolean | Promise<boolean> {
    this.#refresh()
    if (header === undefined) return false
    const key = createHmac('sha256', this.#key).update(header).digest('base64')
    const known = this.#remembered.get(key)
    if (known !== undefined) return known
    const login = readBasic(header)
    if (!login) return false
    if (this.#waiting >= MAX_WAITING)
      throw new Fault('TOOMANYREQUESTS', { headers: ['Retry-After', '1'] })
    const remembered = this.#remembered
    const result = this.#compare(login).then(
      (right) => {
        remembered.set(key, right)
        return right
      },
      (error: unknown) => {
        remembered.delete(key)
        throw error
      },
    )
    remembered.set(key, result)
    for (const oldest of remembered.keys()) {
      if (remembered.size <= MAX_REMEMBERED) break
      remembered.delete(oldest)
    }
    return result
  }

  /** One at a time: bcryptjs computes in this thread, in small steps. */
  async #compare({ name, password }: { name: string; password: string }): Promise<boolean> {
    const hash = this.#users.get(name)
    this.#waiting++
    const turn = this.#last.then(() => compare(password, hash ?? this.#nobody()))
    this.#last = turn.catch(() => undefined)
    try {
      return (await turn) && hash !== undefined
    } finally {
      this.#waiting--
    }
  }

  /** A hash that costs as much as the others. */
  #nobody(): string {
    const [some = '$2b$05$'] = this.#users.values()
    return some.slice(0, '$2b$05$'.length) + NOBODY
  }

  /** Reads the file again when it is another one. Without a readable file nobody gets in. */
  #refresh(): void {
    const version = this.#currentVersion()
    if (version === this.#version) return
    this.#version = version
    this.#remembered = new Map()
    try {
      this.#users = parseHtpasswd(readFileSync(this.#path, 'utf8'), this.#path)
    } catch (error) {
      this.#users = new Map()
      this.#onFailure(error)
    }
  }

  #currentVersion(): string {
    try {
      const { mtimeNs, size, ino } = statSync(this.#path, { bigint: true })
      return `${mtimeNs} ${size} ${ino}`
    } catch {
      return 'missing'
    }
  }
}

/** RFC 7617; the password may have colons in it. */
function readBasic(header: string): { name: string; password: string } | null {
  const encoded = /^Basic +([A-Za-z0-9+/_-]+=*)$/i.exec(header.trim())?.[1]
  if (encoded === undefined) return null
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? null : { name: text.slice(0, colon), password: text.slice(colon + 1) }
}
