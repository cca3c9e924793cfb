/** What `strace -f -y` of an engine says about files, in order. */

/** A call that succeeded; paths are absolute. */
export type Call =
  | { call: 'fsync'; path: string }
  | { call: 'rename'; from: string; to: string }
  | { call: 'write'; path: string }

/** The calls to trace: whatever syncs, renames or writes, by any of their names. */
export const TRACED =
  'fsync,fdatasync,rename,renameat,renameat2,write,pwrite64,writev,pwritev,pwritev2'

const LINE = /^(\d+)\s+(.*)$/
const UNFINISHED = / <unfinished \.\.\.>$/
const RESUMED = /^<\.\.\. \w+ resumed>/

/**
 * Reads a trace. A call that another thread interrupted stands where it ended, for only then it has
 * happened; a write where it began, for it may have reached the disk from then on.
 */
export function parseTrace(text: string): Call[] {
  const calls: Call[] = []
  const open = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, thread = '', rest = ''] = LINE.exec(line) ?? []
    if (UNFINISHED.test(rest)) {
      open.set(thread, rest.replace(UNFINISHED, ''))
      const written = parseCall(`${rest.replace(UNFINISHED, '')}) = 0`)
      if (written?.call === 'write') calls.push(written)
    } else if (RESUMED.test(rest)) {
      const begun = open.get(thread) ?? ''
      const call = parseCall(begun + rest.replace(RESUMED, ''))
      if (call && call.call !== 'write') calls.push(call)
    } else {
      const call = parseCall(rest)
      if (call) calls.push(call)
    }
  }
  return calls
}

function parseCall(text: string): Call | null {
  if (!/= \d/.test(text.slice(text.lastIndexOf(')')))) return null
  const [, name = '', rest = ''] = /^(\w+)\((.*)$/s.exec(text) ?? []
  if (name.startsWith('rename')) {
    const [from, to] = [...rest.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1])
    return from !== undefined && to !== undefined ? { call: 'rename', from, to } : null
  }
  const path = /^\d+<([^>]*)>/.exec(rest)?.[1]
  if (!path?.startsWith('/')) return null
  if (name === 'fsync' || name === 'fdatasync') return { call: 'fsync', path }
  return { call: 'write', path }
}

export interface Publication {
  path: string
  /** What is missing of: file synced after its last write, renamed, folder synced after that. */
  fault: string | null
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))

/**
 * Every rename that puts something in its place in the root, judged. A renamed folder (a container,
 * a volume) counts by the files in it; what goes to another place to be removed does not.
 */
export function publications(calls: readonly Call[], root: string): Publication[] {
  const found: Publication[] = []
  calls.forEach((call, at) => {
    if (call.call !== 'rename' || !call.to.startsWith(`${root}/`)) return
    const { from, to } = call
    const isRemoval = folderOf(to) === `${root}/ingest` || /\/\.gone-[^/]*$/.test(to)
    const isLock = /\/lock(?:\.[^/]*)?$/.test(to)
    if (isRemoval || isLock) return
    const before = calls.slice(0, at)
    const files = new Set(
      before.flatMap((one) =>
        one.call !== 'rename' && (one.path === from || one.path.startsWith(`${from}/`))
          ? [one.path]
          : [],
      ),
    )
    const unsynced = [...files].find((path) => {
      const own = before.filter((one) => one.call !== 'rename' && one.path === path)
      return own.at(-1)?.call !== 'fsync'
    })
    const folderSynced = calls
      .slice(at + 1)
      .some((one) => one.call === 'fsync' && one.path === folderOf(to))
    const fault =
      files.size === 0
        ? 'nothing was written or synced under its first name'
        : unsynced !== undefined
          ? `${unsynced} was not synced after its last write`
          : folderSynced
            ? null
            : `${folderOf(to)} was not synced after the rename`
    found.push({ path: to, fault })
  })
  return found
}
