/**
 * The journal of a writable layer: one JSON line for each change, and a line that ends each group of
 * changes. What follows the last such line never happened, so that a torn tail is simply left out.
 *
 *   {"op":"put","path":"etc/app.conf","type":"file","mode":420,"size":12,…,"offset":512}
 *   {"op":"link","path":"b","target":"a"}   {"op":"remove","path":"tmp/x"}   {"op":"time","path":"d"}
 *   {"op":"end","data":4096}                data: length of the data file that belongs to it
 */
import { z } from 'zod'
import type { LayerEntry } from '../../layer/types'
import type { Moment } from './entries'
import { makeEntry } from '../../layer/make-entry'

export type Change =
  | { op: 'put'; entry: LayerEntry; at: Moment }
  | { op: 'link'; path: string; target: string; at: Moment }
  | { op: 'remove'; path: string; at: Moment }
  | { op: 'time'; path: string; at: Moment }

const time = z.tuple([z.number(), z.number()])
const put = z.object({
  op: z.literal('put'),
  path: z.string(),
  type: z.enum(['file', 'directory', 'symlink', 'char', 'block', 'fifo']),
  mode: z.int(),
  uid: z.number().optional(),
  gid: z.number().optional(),
  size: z.number().optional(),
  time: time,
  linkname: z.string().optional(),
  device: z.tuple([z.number(), z.number()]).optional(),
  xattrs: z.record(z.string(), z.string()).optional(),
  offset: z.number().optional(),
  stored: z.number().optional(),
  sparse: z.array(z.object({ offset: z.number(), length: z.number() })).optional(),
  at: time,
})
const line = z.discriminatedUnion('op', [
  put,
  z.object({ op: z.literal('link'), path: z.string(), target: z.string(), at: time }),
  z.object({ op: z.literal('remove'), path: z.string(), at: time }),
  z.object({ op: z.literal('time'), path: z.string(), at: time }),
  z.object({ op: z.literal('end'), data: z.int().min(0) }),
])

/** A group of changes as the text that is appended, with its end. */
export function writeGroup(changes: readonly Change[], data: number): string {
  const lines = changes.map((change) =>
    JSON.stringify(
      change.op === 'put' ? fromEntry(change.entry, change.at) : { ...change, at: pair(change.at) },
    ),
  )
  lines.push(JSON.stringify({ op: 'end', data }))
  return `${lines.join('\n')}\n`
}

export interface JournalContent {
  changes: Change[]
  /** Bytes of the journal that are valid: up to and with the last group's end. */
  length: number
  /** Bytes of the data file that belong to it. */
  data: number
}

/** Reads all whole groups; stops at the first line that is none. */
export function readJournal(bytes: Buffer): JournalContent {
  const content: JournalContent = { changes: [], length: 0, data: 0 }
  let group: Change[] = []
  let at = 0
  for (;;) {
    const end = bytes.indexOf(0x0a, at)
    if (end < 0) return content
    const parsed = parseLine(bytes.toString('utf8', at, end))
    if (parsed === null) return content
    at = end + 1
    if (parsed.op !== 'end') {
      group.push(parsed)
      continue
    }
    for (const change of group) content.changes.push(change)
    group = []
    content.length = at
    content.data = parsed.data
  }
}

function parseLine(text: string): Change | { op: 'end'; data: number } | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const result = line.safeParse(value)
  if (!result.success) return null
  const record = result.data
  if (record.op === 'end') return record
  if (record.op === 'put') return { op: 'put', entry: toEntry(record), at: moment(record.at) }
  return { ...record, at: moment(record.at) }
}

function fromEntry(entry: LayerEntry, at: Moment) {
  return {
    op: 'put',
    path: entry.path,
    type: entry.type,
    mode: entry.mode,
    uid: entry.uid || undefined,
    gid: entry.gid || undefined,
    size: entry.size || undefined,
    time: pair(entry),
    linkname: entry.linkname || undefined,
    device: entry.devMajor || entry.devMinor ? [entry.devMajor, entry.devMinor] : undefined,
    xattrs: entry.xattrs
      ? Object.fromEntries([...entry.xattrs].map(([name, data]) => [name, data.toString('base64')]))
      : undefined,
    offset: entry.offset || undefined,
    stored: entry.stored || undefined,
    sparse: entry.sparse ?? undefined,
    at: pair(at),
  }
}

function toEntry(record: z.infer<typeof put>): LayerEntry {
  const { path, type, mode, uid = 0, gid = 0, size = 0, linkname = '', offset = 0 } = record
  return makeEntry({
    ...{ path, type, mode, uid, gid, size, linkname, offset },
    ...moment(record.time),
    devMajor: record.device?.[0] ?? 0,
    devMinor: record.device?.[1] ?? 0,
    xattrs: record.xattrs
      ? new Map(
          Object.entries(record.xattrs).map(([name, data]) => [name, Buffer.from(data, 'base64')]),
        )
      : null,
    stored: record.stored ?? 0,
    sparse: record.sparse ?? null,
  })
}

const pair = ({ mtime, mtimeNsec }: Moment): [number, number] => [mtime, mtimeNsec]
const moment = ([mtime, mtimeNsec]: [number, number]): Moment => ({ mtime, mtimeNsec })
