import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { output, runHere, say, SetupError } from './run.mjs'

/** Folders of system commands, which a plain user's PATH may lack. */
const SYSTEM_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** PATH with the folders of system commands, for programs that we start. */
export function systemPath() {
  return [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_PATH].join(delimiter)
}

export function hasCommand(name) {
  return systemPath()
    .split(delimiter)
    .some((folder) => folder !== '' && existsSync(join(folder, name)))
}

/** The rows of system-packages.mjs that this machine lacks. */
export function missingPackages(rows) {
  const libraries = output('ldconfig', ['-p'], { env: { PATH: systemPath() } }) ?? ''
  return rows.filter((row) => {
    if (row.command) return !hasCommand(row.command)
    if (row.library) return !libraries.includes(`${row.library} `)
    return !row.files.some((file) => existsSync(file))
  })
}

/**
 * Sees to the packages of `rows`. As root on Debian or Ubuntu it installs what is missing and
 * throws a SetupError when apt-get fails. Otherwise it prints the exact command and answers false.
 */
export async function ensurePackages(rows, purpose) {
  const missing = process.platform === 'linux' ? missingPackages(rows) : []
  if (missing.length === 0) return true
  if (!hasCommand('apt-get')) {
    say(`Missing for ${purpose}; please install with your system's package manager:`)
    for (const row of missing) say(`  ${row.command ?? row.library ?? row.files[0]}: ${row.for}`)
    return false
  }
  if (process.getuid?.() !== 0) {
    say(`Missing for ${purpose}. Please run:`)
    say(`  sudo apt-get update && sudo apt-get install -y ${choose(missing).join(' ')}`)
    return false
  }
  say(`Updating the lists of Debian packages for ${purpose}…`)
  await apt(['update', '-qq'])
  const names = choose(missing)
  say(`Installing ${names.join(' ')}…`)
  await apt(['install', '-y', '-qq', '--no-install-recommends', ...names])
  if (names.includes('cgroupfs-mount')) await runHere('cgroupfs-mount', [])
  const left = missingPackages(rows).map((row) => row.names[0])
  if (left.length > 0) say(`Installed, but still not seen: ${left.join(', ')}`)
  return true
}

/** One name per row: the first that apt can install. */
function choose(rows) {
  const names = rows.map((row) => row.names.find(isInstallable) ?? row.names.at(-1))
  return [...new Set(names)]
}

function isInstallable(name) {
  return /^\s*Candidate: (?!\(none\))/m.test(output('apt-cache', ['policy', name]) ?? '')
}

async function apt(args) {
  // RUNLEVEL=1: packages bring services (docker, docker-registry) that nobody has asked to start.
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1', PATH: systemPath() }
  const code = await runHere('apt-get', args, { env, stdout: 'ignore' })
  if (code !== 0) throw new SetupError(`apt-get ${args.join(' ')} failed (exit ${code})`)
}
