/** What a change would write, where, and what has to happen then. Nothing is written here. */
import type {
  SettingsChange,
  SettingsCheck,
  SettingsObstacle,
  SettingsPreview,
} from '@shared/doctor'
import { checkSettings } from './check'
import { diffLines } from './diff'
import { faultOf, withList } from './document'
import { backupPath, fingerprint, readIfThere } from './file'
import { authorityFile, placeObstacle, type Found } from './look-up'
import { podmanText } from './podman'
import { flags } from './process'
import { commandsFor } from './shell-commands'

export interface Plan {
  preview: SettingsPreview
  /** What is there now. */
  before: Buffer | null
}

const NOTHING_TO_CHECK: SettingsCheck = { by: 'keys', problems: [], unknown: [] }

export async function planChange(
  found: Found,
  change: SettingsChange,
  platform: NodeJS.Platform,
): Promise<Plan> {
  return change.kind === 'certificate'
    ? planCertificate(found, change, platform)
    : planList(found, change)
}

/** dockerd reads certs.d at every connection: nothing has to be told. */
async function planCertificate(
  found: Found,
  { address, pem }: Extract<SettingsChange, { kind: 'certificate' }>,
  platform: NodeJS.Platform,
): Promise<Plan> {
  const path = authorityFile(found, address)
  const obstacle = await placeObstacle(found, platform, path)
  const readable = obstacle === null || obstacle === 'no-rights'
  const before = readable ? await readIfThere(path).catch(() => null) : null
  const preview = describe(path, before, `${pem.trim()}\n`, found, {
    obstacle,
    check: NOTHING_TO_CHECK,
    effect: 'at-once',
  })
  return { preview, before }
}

async function planList(
  found: Found,
  change: Extract<SettingsChange, { kind: 'list' }>,
): Promise<Plan> {
  const { place, content, daemon } = found
  const path = place.path ?? ''
  if (place.kind === 'podman' || place.kind === 'podman-machine') {
    const after = podmanText(change.key, change.values)
    const preview = describe(path, null, after, found, {
      obstacle: found.obstacle,
      check: NOTHING_TO_CHECK,
      effect: 'at-once',
    })
    return { preview, before: null }
  }
  const text = content?.toString('utf8') ?? ''
  // What cannot be read is not changed: the person gets the lines that belong into it.
  const base = faultOf(text) === null ? text : ''
  const after = withList(base, change.key, change.values)
  const flag = change.key === 'registry-mirrors' ? 'registry-mirror' : 'insecure-registry'
  const byFlag = daemon !== null && flags(daemon.args, flag).length > 0
  const preview = describe(path, base === text ? content : null, after, found, {
    obstacle: found.obstacle ?? (byFlag ? 'flag' : null),
    check: await checkSettings(after, daemon?.program ?? null),
    effect: place.kind === 'windows' || place.kind === 'desktop' ? 'restart' : 'sighup',
  })
  return { preview, before: content }
}

function describe(
  path: string,
  before: Buffer | null,
  after: string,
  found: Found,
  options: {
    obstacle: SettingsObstacle | null
    check: SettingsCheck
    effect: SettingsPreview['effect']
  },
): SettingsPreview {
  const old = before?.toString('utf8') ?? ''
  return {
    path,
    backup: before === null ? null : backupPath(path, new Date()),
    after,
    diff: diffLines(old, after),
    base: fingerprint(before),
    ...options,
    commands: commandsFor(found, path, options.effect),
  }
}
