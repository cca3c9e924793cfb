/**
 * The record of all repositories: a file to which each change is appended as a line
 * `<crc32 of the JSON, 8 hex> <JSON>`. Changes that wait at the same time are written and synced
 * together; each is told when it is on the disk, and only then seen in memory. Within one such group
 * no record depends on another, so that after a crash any part of a torn group may be there.
 */
import { open, type FileHandle } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { createReadStream } from 'node:fs'
import { isMissing, onDisk, writeFileAtomic, writeFully } from '../../blob/disk'
import { crc32 } from '../../layer/crc32'
import { recordSchema, type RegistryRecord } from './records'

export interface LogPlace {
  path: string
  /** Folder on the same file system for what is being written. */
  ingest: string
}

/** What is remembered in memory. */
export interface LogState {
  apply(record: RegistryRecord): void
  records(): Iterable<RegistryRecord>
  readonly weight: number
}

interface Waiting {
  line: string
  record: RegistryRecord
  done: () => void
  failed: (error: unknown) => void
}

/** A log of fewer lines than this is left as it is. */
const SMALL = 5000
/** It is written anew when it has this many times the lines that are needed. */
const EXCESS = 3

export class RecordLog {
  readonly #place: LogPlace
  readonly #state: LogState
  #handle: FileHandle
  /** Bytes of whole lines. */
  #size: number
  #lines: number
  #waiting: Waiting[] = []
  #running: Promise<void> | null = null
  /** After a failed sync nobody knows what is on the disk: nothing more is taken. */
  #broken: unknown = null

  /** Reads the log into `state`. Lines that are torn or damaged are left out and counted. */
  static async open(
    place: LogPlace,
    state: LogState,
  ): Promise<{ log: RecordLog; damaged: number }> {
    return onDisk(place.path, async () => {
      const found = await readInto(place.path, state)
      if (found.damaged > 0 || !found.whole) found.lines = await rewrite(place, state)
      const handle = await open(place.path, 'r+')
      const { size } = await handle.stat()
      const log = new RecordLog(place, state, handle, size, found.lines)
      return { log, damaged: found.damaged }
    })
  }

  private constructor(
    place: LogPlace,
    state: LogState,
    handle: FileHandle,
    size: number,
    lines: number,
  ) {
    this.#place = place
    this.#state = state
    this.#handle = handle
    this.#size = size
    this.#lines = lines
  }

  /** Fulfilled when the record is on the disk and in memory. */
  append(record: RegistryRecord): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ line: lineOf(record), record, done, failed })
      this.#running ??= this.#run().finally(() => (this.#running = null))
    })
  }

  /** Until everything that was appended before is on the disk. */
  async settled(): Promise<void> {
    await this.#running
  }

  async close(): Promise<void> {
    await this.#running
    await this.#handle.close()
  }

  async #run(): Promise<void> {
    // Requests that came in with this one get to add theirs.
    await new Promise<void>((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      try {
        await this.#write(group)
      } catch (error) {
        for (const { failed } of group) failed(error)
        continue
      }
      for (const { record } of group) this.#state.apply(record)
      for (const { done } of group) done()
      await this.#tidy()
    }
  }

  async #write(group: readonly Waiting[]): Promise<void> {
    if (this.#broken !== null) throw this.#broken
    const data = Buffer.from(group.map(({ line }) => line).join(''))
    await onDisk(this.#place.path, async () => {
      // After a failed write the next one overwrites what there is of it.
      await writeFully(this.#handle, data, this.#size)
      try {
        await this.#handle.datasync()
      } catch (error) {
        this.#broken = error
        throw error
      }
    })
    this.#size += data.length
    this.#lines += group.length
  }

  /**
   * Writes the log anew when most of it tells of what is gone. When that fails, the old one goes on
   * until it has grown by as much again; whichever file has the name is the log.
   */
  async #tidy(): Promise<void> {
    if (this.#lines < SMALL || this.#lines < EXCESS * this.#state.weight) return
    try {
      this.#lines = await rewrite(this.#place, this.#state).catch(() => 0)
      const handle = await open(this.#place.path, 'r+')
      await this.#handle.close()
      this.#handle = handle
      this.#size = (await handle.stat()).size
    } catch (error) {
      this.#broken = error
    }
  }
}

function lineOf(record: RegistryRecord): string {
  const json = JSON.stringify(record)
  return `${checksum(json)} ${json}\n`
}

function checksum(text: string): string {
  return crc32(Buffer.from(text)).toString(16).padStart(8, '0')
}

/** Writes all of the state as a new log; answers with its number of lines. */
async function rewrite({ path, ingest }: LogPlace, state: LogState): Promise<number> {
  const lines: string[] = []
  for (const record of state.records()) lines.push(lineOf(record))
  await writeFileAtomic(ingest, path, lines.join(''))
  return lines.length
}

async function readInto(
  path: string,
  state: LogState,
): Promise<{ lines: number; damaged: number; whole: boolean }> {
  let lines = 0
  let damaged = 0
  let handle: FileHandle
  try {
    handle = await open(path, 'r')
  } catch (error) {
    if (isMissing(error)) return { lines, damaged, whole: false }
    throw error
  }
  try {
    const { size } = await handle.stat()
    const last = Buffer.alloc(1)
    if (size > 0) await handle.read(last, 0, 1, size - 1)
    const input = createReadStream(path, { highWaterMark: 1024 * 1024 })
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      lines++
      const record = readLine(line)
      if (record) state.apply(record)
      else damaged++
    }
    return { lines, damaged, whole: size === 0 || last.toString() === '\n' }
  } finally {
    await handle.close()
  }
}

function readLine(line: string): RegistryRecord | null {
  const json = line.slice(9)
  if (line.slice(0, 8) !== checksum(json)) return null
  try {
    return recordSchema.safeParse(JSON.parse(json)).data ?? null
  } catch {
    return null
  }
}
