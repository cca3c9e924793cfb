/**
 * Reads a tar as its bytes come, in one walk: headers are parsed by hand and contents are handed on
 * or passed over without a copy. Nothing is ever unpacked. What is read and what is refused follows
 * Go's archive/tar, which dockerd reads layers with.
 */
import { parsePax, type PaxRecords } from './pax'
import { checkSparse, parseSparseHead, parseSparseList } from './sparse'
import { BLOCK, corrupted, isZeroBlock, parseNumber, textEnd } from './tar-fields'
import { FLAG, headerSize, parseHeader, typeFlag, type Pending } from './tar-header'
import { decodeName } from './names'
import type { LayerEntry, SparseChunk } from './types'

export interface TarEvents {
  /** A header was read; its content begins at `entry.offset` of the stream. */
  entry(entry: LayerEntry): void
  /** Stored bytes of the last entry: a view into the chunk that was written. */
  data?(chunk: Buffer): void
  /** All of the last entry's content has come; called for every entry. */
  entryEnd?(): void
}

/** Longest extension header that is believed, in bytes (Go's limit). */
const MAX_EXTENSION = 1024 * 1024

const NONE: Pending = { pax: null, longName: null, longLink: null }

type State = 'header' | 'extension' | 'gnu-sparse' | 'sparse-head' | 'content' | 'padding' | 'end'

export class TarScanner {
  /** Bytes seen. */
  position = 0
  readonly #events: TarEvents
  #state: State = 'header'
  /** What is left of the current extension, content or padding. */
  #left = 0
  /** Padding after the current content. */
  #pad = 0
  #flag = 0
  #pending: Pending = { ...NONE }
  /** A block, an extension or a sparse map whose bytes have not all come. */
  readonly #block = Buffer.alloc(BLOCK)
  #blockFilled = 0
  #collected: Buffer[] = []
  #collectedSize = 0
  #entry: LayerEntry | null = null
  #sparse: SparseChunk[] = []
  #zeroBlocks = 0

  constructor(events: TarEvents) {
    this.#events = events
  }

  /** Whether the end-of-archive blocks have been seen; what follows them is passed over. */
  get ended(): boolean {
    return this.#state === 'end'
  }

  write(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      const before = at
      const state = this.#state
      switch (state) {
        case 'end':
          at = chunk.length
          break
        case 'content':
          at += this.#passContent(chunk, at)
          break
        case 'padding':
          at += Math.min(this.#left, chunk.length - at)
          break
        case 'extension':
          at += this.#collect(chunk, at)
          break
        default:
          at = this.#takeBlock(chunk, at)
      }
      this.position += at - before
      if (state === 'content' || state === 'padding' || state === 'extension') {
        this.#left -= at - before
        if (this.#left === 0) this.#partDone()
      }
    }
  }

  /** Ends the tar. Throws `archive_corrupted` when it stops in the middle of an entry. */
  end(): void {
    // The padding after the last content is not missed, nor are the end-of-archive blocks.
    const complete =
      this.#state === 'end' ||
      this.#state === 'padding' ||
      (this.#state === 'header' && this.#blockFilled === 0 && this.#nothingPending())
    if (!complete) throw corrupted('it ends too early')
    this.#state = 'end'
  }

  /** Handles one block at `at`, or keeps its beginning; returns where to go on. */
  #takeBlock(chunk: Buffer, at: number): number {
    if (this.#blockFilled === 0 && chunk.length - at >= BLOCK) {
      this.#useBlock(chunk, at, this.position + BLOCK)
      return at + BLOCK
    }
    const part = Math.min(BLOCK - this.#blockFilled, chunk.length - at)
    chunk.copy(this.#block, this.#blockFilled, at, at + part)
    this.#blockFilled += part
    if (this.#blockFilled === BLOCK) {
      this.#blockFilled = 0
      this.#useBlock(this.#block, 0, this.position + part)
    }
    return at + part
  }

  /** `after`: the position behind this block. */
  #useBlock(bytes: Buffer, at: number, after: number): void {
    if (this.#state === 'gnu-sparse') this.#takeGnuSparse(bytes, at, 0, 21, after)
    else if (this.#state === 'sparse-head') this.#takeSparseHead(bytes, at, after)
    else this.#takeHeader(bytes, at, after)
  }

  #takeHeader(bytes: Buffer, at: number, after: number): void {
    if (bytes[at] === 0 && isZeroBlock(bytes, at)) {
      if (!this.#nothingPending()) throw corrupted('it ends too early')
      if (++this.#zeroBlocks === 2) this.#state = 'end'
      return
    }
    if (this.#zeroBlocks > 0) throw corrupted('an entry follows the end of the archive')
    const flag = typeFlag(bytes, at)
    this.#flag = flag
    if (
      flag === FLAG.pax ||
      flag === FLAG.paxGlobal ||
      flag === FLAG.longName ||
      flag === FLAG.longLink
    ) {
      const size = headerSize(bytes, at)
      if (size > MAX_EXTENSION) throw corrupted('an extension header is too long')
      this.#collected = []
      this.#collectedSize = size
      this.#begin('extension', size, size)
      return
    }
    const entry = parseHeader(bytes, at, flag, this.#pending)
    const sparse = this.#pending.pax?.sparse
    this.#pending = { ...NONE }
    this.#entry = entry
    if (flag === FLAG.sparse) {
      entry.size = parseNumber(bytes, at + 483, 12)
      this.#sparse = []
      this.#state = 'gnu-sparse'
      this.#takeGnuSparse(bytes, at, 386, 4, after)
    } else if (sparse && entry.type === 'file') {
      this.#takePaxSparse(entry, sparse, after)
    } else {
      this.#beginEntry(entry, after)
    }
  }

  /** Old GNU format: pairs in the header, then in blocks of their own while a flag says so. */
  #takeGnuSparse(bytes: Buffer, at: number, from: number, count: number, after: number): void {
    const entry = this.#entry as LayerEntry
    for (let index = 0; index < count; index++) {
      const pair = at + from + index * 24
      if (bytes[pair] === 0 && bytes[pair + 12] === 0) break
      this.#sparse.push({
        offset: parseNumber(bytes, pair, 12),
        length: parseNumber(bytes, pair + 12, 12),
      })
    }
    if (this.#sparse.length * 24 > MAX_EXTENSION) throw corrupted('a sparse map is too long')
    if (bytes[at + from + count * 24] !== 0) {
      this.#state = 'gnu-sparse'
      return
    }
    entry.sparse = checkSparse(this.#sparse, entry.stored, entry.size)
    this.#beginEntry(entry, after)
  }

  #takePaxSparse(entry: LayerEntry, sparse: NonNullable<PaxRecords['sparse']>, after: number) {
    entry.size = sparse.size ?? entry.size
    if (sparse.major === 1 && sparse.minor === 0) {
      this.#collected = []
      this.#state = 'sparse-head'
      return
    }
    entry.sparse = checkSparse(parseSparseList(sparse.list), entry.stored, entry.size)
    this.#beginEntry(entry, after)
  }

  #takeSparseHead(bytes: Buffer, at: number, after: number): void {
    const entry = this.#entry as LayerEntry
    this.#collected.push(Buffer.from(bytes.subarray(at, at + BLOCK)))
    const head = Buffer.concat(this.#collected)
    // A whole map ends with its last line or in the padding behind it.
    if (!endsInPadding(head) && head.length <= MAX_EXTENSION) return
    const map = parseSparseHead(head)
    if (map === null) {
      if (head.length > MAX_EXTENSION) throw corrupted('a sparse map is too long')
      return
    }
    this.#collected = []
    entry.stored -= head.length
    if (entry.stored < 0) throw corrupted('the map of a sparse file does not fit it')
    entry.sparse = checkSparse(map, entry.stored, entry.size)
    this.#beginEntry(entry, after)
  }

  #beginEntry(entry: LayerEntry, offset: number): void {
    entry.offset = offset
    this.#entry = entry
    this.#events.entry(entry)
    this.#begin('content', entry.stored, entry.stored)
  }

  /** Goes on with a part of `size` bytes that is padded to a block. */
  #begin(state: 'extension' | 'content', left: number, size: number): void {
    this.#pad = (BLOCK - (size % BLOCK)) % BLOCK
    this.#state = state
    this.#left = left
    if (left === 0) this.#partDone()
  }

  #partDone(): void {
    if (this.#state === 'content') this.#events.entryEnd?.()
    if (this.#state === 'extension') this.#useExtension()
    if (this.#state !== 'padding' && this.#pad > 0) {
      this.#left = this.#pad
      this.#pad = 0
      this.#state = 'padding'
    } else {
      this.#state = 'header'
    }
  }

  #passContent(chunk: Buffer, at: number): number {
    const part = Math.min(this.#left, chunk.length - at)
    this.#events.data?.(chunk.subarray(at, at + part))
    return part
  }

  #collect(chunk: Buffer, at: number): number {
    const part = Math.min(this.#left, chunk.length - at)
    this.#collected.push(Buffer.from(chunk.subarray(at, at + part)))
    return part
  }

  #useExtension(): void {
    const bytes = Buffer.concat(this.#collected, this.#collectedSize)
    this.#collected = []
    const text = () => decodeName(bytes, 0, textEnd(bytes, 0, bytes.length))
    if (this.#flag === FLAG.pax) this.#pending.pax = parsePax(bytes)
    else if (this.#flag === FLAG.longName) this.#pending.longName = text()
    else if (this.#flag === FLAG.longLink) this.#pending.longLink = text()
  }

  #nothingPending(): boolean {
    const { pax, longName, longLink } = this.#pending
    return pax === null && longName === null && longLink === null
  }
}

function endsInPadding(head: Buffer): boolean {
  const last = head[head.length - 1]
  return last === 0 || last === 0x0a
}
