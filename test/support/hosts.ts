import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Names and their addresses that one program alone resolves: {'registry.lab': '::1'}. */
export type Hosts = Record<string, string>

/** A mount namespace of its own in which another file stands in the place of the hosts file. */
const SCRIPT = 'mount --bind "$0" /etc/hosts && exec "$@"'

/**
 * The words before a command with which it and its children resolve these names; the machine's file
 * stays as it is. Needs root. @param dir where the file is kept, as long as the program runs
 */
export async function withHosts(dir: string, hosts: Hosts): Promise<string[]> {
  const file = join(dir, 'hosts')
  const lines = Object.entries(hosts).map(([name, address]) => `${address} ${name}\n`)
  await writeFile(file, `127.0.0.1 localhost\n${lines.join('')}`)
  return ['unshare', '--mount', 'sh', '-c', SCRIPT, file]
}

/** The same for what takes the path of one executable: a script in its place. Answers with its path. */
export async function executableWithHosts(
  dir: string,
  hosts: Hosts,
  executable: string,
): Promise<string> {
  const words = [...(await withHosts(dir, hosts)), executable]
  const path = join(dir, 'with-hosts')
  await writeFile(path, `#!/bin/sh\nexec ${words.map(quoted).join(' ')} "$@"\n`)
  await chmod(path, 0o755)
  return path
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
