import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ensurePackages } from './apt.mjs'
import { ensureBuilt } from './build.mjs'
import { checkNode, ensureNodeModules } from './npm.mjs'
import { output, say } from './run.mjs'
import { TEST_PACKAGES, WINDOW_PACKAGES } from './system-packages.mjs'

/** What every command needs: npm packages and a build of today's sources. */
export async function ensureApp() {
  checkNode()
  await ensureNodeModules()
  await ensureBuilt()
}

/** What the tests need of the system; answers false when something is left for a person to do. */
export function ensureTestSystem() {
  return ensurePackages(TEST_PACKAGES, 'the tests')
}

/** Whether `binary` can open a window, after installing its libraries where that is possible. */
export async function ensureWindowLibraries(binary) {
  if (process.platform !== 'linux') return true
  if (missingLibraries(binary).length > 0) {
    await ensurePackages(WINDOW_PACKAGES, 'the window')
    const left = missingLibraries(binary)
    if (left.length > 0) {
      say(`The window needs libraries that are missing here: ${left.join(', ')}`)
      return false
    }
  }
  return hasUsableSandbox(binary)
}

/** Chromium's sandbox refuses to run as root: for uid 0, and only there, it is switched off. */
export function sandboxArgs() {
  return process.getuid?.() === 0 ? ['--no-sandbox'] : []
}

function missingLibraries(binary) {
  const lines = (output('ldd', [binary]) ?? '').split('\n')
  return lines.filter((line) => line.includes('not found')).map((line) => line.trim().split(' ')[0])
}

/**
 * Where plain users may not make user namespaces (Ubuntu 24.04), Chromium's sandbox needs its
 * helper to belong to root. We never switch the sandbox off for a plain user.
 */
function hasUsableSandbox(binary) {
  if (process.getuid?.() === 0) return true
  const blocked =
    readFlag('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1' ||
    readFlag('/proc/sys/kernel/unprivileged_userns_clone') === '0'
  const helper = join(dirname(binary), 'chrome-sandbox')
  const stat = statSync(helper, { throwIfNoEntry: false })
  if (!blocked || !stat || (stat.uid === 0 && (stat.mode & 0o4000) !== 0)) return true
  say('This system lets only root make a sandbox. For the window please run once:')
  say(`  sudo chown root:root ${helper} && sudo chmod 4755 ${helper}`)
  return false
}

function readFlag(file) {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
}
