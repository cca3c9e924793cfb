import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT } from './paths.mjs'
import { runHere, say, SetupError } from './run.mjs'

const OLDEST_NODE = [20, 19]

/** Throws a SetupError when this Node cannot build Lamina. */
export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  const [needMajor, needMinor] = OLDEST_NODE
  if (major < needMajor || (major === needMajor && minor < needMinor)) {
    throw new SetupError(
      `Node ${OLDEST_NODE.join('.')} or newer is needed; this is ${process.versions.node}`,
    )
  }
}

/** Installs the packages of package-lock.json when node_modules is missing or behind it. */
export async function ensureNodeModules() {
  if (isUpToDate()) return
  say('Installing npm packages (npm ci)…')
  // No package of ours needs its install script; ssh2's would compile C for half a minute.
  const code = await runHere(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    { stdout: 'stderr' },
  )
  if (code !== 0) throw new SetupError(`npm ci failed (exit ${code})`)
}

/**
 * Compares package-lock.json with npm's own record of what stands in node_modules. A package that
 * is optional (for another platform) may be missing.
 */
function isUpToDate() {
  const record = join(PROJECT, 'node_modules/.package-lock.json')
  if (!existsSync(record)) return false
  const installed = packagesOf(record)
  const wanted = packagesOf(join(PROJECT, 'package-lock.json'))
  return Object.entries(wanted).every(([path, { version, optional, devOptional }]) => {
    if (path === '' || optional || devOptional) return true
    return installed[path]?.version === version
  })
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages
}
