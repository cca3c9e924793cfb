/** Who a container's `User` is, by the container's own files. */
import type { OwnerNames } from '../layer/tar-format'
import type { ContainerFiles } from './fs/container-files'
import { bytesOf } from './fs/host-tree'
import { refused } from './wording'

/**
 * `user`, `uid`, `user:group` or `uid:gid`, names looked up in the container's /etc/passwd and
 * /etc/group. Null for no user: what is copied keeps its owner.
 */
export async function ownerOf(
  files: ContainerFiles,
  user: string,
): Promise<{ uid: number; gid: number } | null> {
  if (user === '') return null
  const [name = '', group] = user.split(':')
  const account = (await rows(files, 'etc/passwd')).find(
    (row) => row[0] === name || row[2] === name,
  )
  if (!account && !/^\d+$/.test(name))
    throw refused(`unable to find user ${name}: no matching entries in passwd file`)
  const uid = Number(account?.[2] ?? name)
  if (group === undefined) return { uid, gid: Number(account?.[3] ?? 0) }
  const found = (await rows(files, 'etc/group')).find((row) => row[0] === group || row[2] === group)
  if (!found && !/^\d+$/.test(group))
    throw refused(`unable to find group ${group}: no matching entries in group file`)
  return { uid, gid: Number(found?.[2] ?? group) }
}

/** What owners are called in copies and exports: dockerd writes them in a chroot of the container. */
export async function ownerNames(files: ContainerFiles): Promise<OwnerNames> {
  return {
    users: namesById(await rows(files, 'etc/passwd')),
    groups: namesById(await rows(files, 'etc/group')),
  }
}

/** The first name that a number has. */
function namesById(lines: readonly string[][]): ReadonlyMap<number, string> {
  const names = new Map<number, string>()
  for (const [name = '', , id = ''] of lines) {
    if (/^\d{1,10}$/.test(id) && !names.has(Number(id))) names.set(Number(id), name)
  }
  return names
}

async function rows(files: ContainerFiles, path: string): Promise<string[][]> {
  const item = await files.lookup(await files.resolve(path))
  if (item?.entry.type !== 'file' || item.entry.size > 1024 * 1024) return []
  const parts: Buffer[] = []
  for await (const part of bytesOf(item.content)) parts.push(Buffer.from(part))
  const text = Buffer.concat(parts).toString('utf8')
  return text.split('\n').map((line) => line.split(':'))
}
