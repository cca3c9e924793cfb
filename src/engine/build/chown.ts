/** `--chown` by the image's own /etc/passwd and /etc/group (moby builder/dockerfile/internals_linux.go). */
import { refused } from '../container/wording'
import { failedAt } from './failures'
import type { Draft, Owner } from './draft'
import { readText } from './read-text'

/**
 * `user`, `user:group`, numbers for either; without a group the user's name is the group's too.
 * @throws LaminaError engine_refused for a name that the image does not know
 */
export async function chownOf(draft: Draft, text: string): Promise<Owner> {
  const [user = '', group = user, ...more] = text.split(':')
  try {
    if (more.length > 0) throw refused(`invalid chown string format: ${text}`)
    return {
      uid: await idOf(draft, 'user', user, 'etc/passwd').catch((error: unknown) => {
        throw failedAt(`can't find uid for user ${user}`, error)
      }),
      gid: await idOf(draft, 'group', group, 'etc/group').catch((error: unknown) => {
        throw failedAt(`can't find gid for group ${group}`, error)
      }),
    }
  } catch (error) {
    throw failedAt('unable to convert uid/gid chown string to host mapping', error)
  }
}

async function idOf(draft: Draft, kind: string, name: string, path: string): Promise<number> {
  if (/^[-+]?\d+$/.test(name)) return Number(name)
  const file = await draft.find(path)
  if (file?.entry.type !== 'file') throw refused(`open /${path}: no such file or directory`)
  const rows = (await readText(file)).split('\n').map((line) => line.split(':'))
  const row = rows.find((fields) => fields[0] === name)
  if (!row) throw refused(`no such ${kind}: ${name}`)
  return Number(row[2]) || 0
}
