/**
 * The dockerd that listens at a socket of this Linux machine, found in /proc: who holds the socket,
 * else (without the right to look) whose command line or pidfile names it.
 */
import { readFile, readdir, readlink, realpath, stat } from 'node:fs/promises'
import { basename, isAbsolute, join } from 'node:path'

export interface DaemonProcess {
  pid: number
  /** Its program. */
  program: string
  args: string[]
  /** From its flags; null where it has none: then the default holds. */
  configFile: string | null
  /** Null without the right to read it. */
  env: Record<string, string | undefined> | null
}

/** Null where there is no such process, or none that can be told from others. */
export async function findDaemon(socketPath: string): Promise<DaemonProcess | null> {
  const socket = await realpath(socketPath).catch(() => socketPath)
  const all = await daemons()
  for (const daemon of all) {
    if (await holds(daemon.pid, socket)) return daemon
  }
  for (const daemon of all) {
    for (const host of flags(daemon.args, 'host', 'H')) {
      const path = /^unix:\/\/(.+)$/.exec(host)?.[1]
      if (path && (await realpath(path).catch(() => path)) === socket) return daemon
    }
  }
  for (const daemon of all) {
    if (socket !== '/run/docker.sock' && socket !== '/var/run/docker.sock') break
    const file = flags(daemon.args, 'pidfile', 'p').at(-1) ?? '/var/run/docker.pid'
    const pid = Number(await readFile(file, 'utf8').catch(() => ''))
    if (pid === daemon.pid) return daemon
  }
  return null
}

/** Whether a process sees another file (or none) at a path than we do. */
export async function seesOther(pid: number, path: string): Promise<boolean> {
  const ours = await place(path)
  try {
    const theirs = await place(join(`/proc/${pid}/root`, path), `/proc/${pid}/root`)
    return theirs !== ours
  } catch {
    // Without the right to look into it: a process of this machine, as far as we know.
    return false
  }
}

/** Every value of a flag on a command line: `--flag value`, `--flag=value`, `-f value`. */
export function flags(args: readonly string[], name: string, short?: string): string[] {
  const values: string[] = []
  args.forEach((arg, at) => {
    const next = args[at + 1]
    if ((arg === `--${name}` || (short && arg === `-${short}`)) && next !== undefined) {
      values.push(next)
    } else if (arg.startsWith(`--${name}=`)) values.push(arg.slice(name.length + 3))
    else if (short && arg.startsWith(`-${short}=`)) values.push(arg.slice(short.length + 2))
  })
  return values
}

async function daemons(): Promise<DaemonProcess[]> {
  const names = await readdir('/proc').catch(() => [])
  const found: DaemonProcess[] = []
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue
    const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')
    const args = line.split('\0').filter((word) => word !== '')
    if (basename(args[0] ?? '') !== 'dockerd') continue
    found.push(await describe(Number(name), args))
  }
  return found
}

async function describe(pid: number, args: string[]): Promise<DaemonProcess> {
  const program = await readlink(`/proc/${pid}/exe`).catch(() => args[0] ?? 'dockerd')
  const given = flags(args, 'config-file').at(-1) ?? null
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '/')
  const configFile = given === null || isAbsolute(given) ? given : join(cwd, given)
  const environ = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => null)
  return { pid, program, args, configFile, env: environ === null ? null : variables(environ) }
}

function variables(environ: string): Record<string, string> {
  return Object.fromEntries(
    environ.split('\0').flatMap((pair) => {
      const at = pair.indexOf('=')
      return at < 0 ? [] : [[pair.slice(0, at), pair.slice(at + 1)]]
    }),
  )
}

/** Whether one of a process's files is a socket that listens at this path. */
async function holds(pid: number, socket: string): Promise<boolean> {
  const table = await readFile(`/proc/${pid}/net/unix`, 'utf8').catch(() => '')
  const inodes = new Set<string>()
  for (const line of table.split('\n')) {
    const [, , , , , , inode, path] = line.trim().split(/\s+/)
    if (inode && path && (path === socket || (await realpath(path).catch(() => path)) === socket)) {
      inodes.add(`socket:[${inode}]`)
    }
  }
  if (inodes.size === 0) return false
  const files = await readdir(`/proc/${pid}/fd`).catch(() => [])
  for (const file of files) {
    if (inodes.has(await readlink(`/proc/${pid}/fd/${file}`).catch(() => ''))) return true
  }
  return false
}

/** What names a file whatever its path: device and inode of it, or of the nearest folder above. */
async function place(path: string, root = ''): Promise<string> {
  for (let at = path, rest = ''; ; at = join(at, '..')) {
    try {
      const { dev, ino } = await stat(at)
      return `${dev}:${ino}${rest}`
    } catch (thrown) {
      const code = thrown instanceof Error && 'code' in thrown ? thrown.code : ''
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw thrown
      if (at === '/' || at === root) return 'none'
      rest = `/${basename(at)}${rest}`
    }
  }
}
