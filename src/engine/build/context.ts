/** The build context: the tar that the client sent, as files that nothing can lead out of. */
import { open } from 'node:fs/promises'
import { refuse } from '../image/dockerfile/parse'
import { onDisk } from '../blob/disk'
import { bytesOf } from '../container/fs/host-tree'
import { clean, type Item } from '../container/fs/tree'
import { decodeName } from '../layer/names'
import { BLOCK, parseNumber, textEnd } from '../layer/tar-fields'
import type { LayerEntry } from '../layer/types'
import { Draft, EMPTY_TREE, type ScratchFile } from './draft'
import { isIgnored } from './ignore'
import { type CopySource } from './sources'
import { tarSum, type RawHeader } from './tarsum'

const IGNORE_FILE = '.dockerignore'
/** Longest Dockerfile that is read, bytes. */
const MAX_DOCKERFILE = 4 * 1024 * 1024

export class BuildContext implements CopySource {
  readonly isContext = true
  readonly #draft = new Draft(EMPTY_TREE)
  /** The first entry of each path: its header is what the hash is of. */
  readonly #entries = new Map<string, LayerEntry>()
  readonly #sums = new Map<string, string>()

  private constructor(private readonly scratch: ScratchFile) {}

  /** Reads a tar, plain or gzip, into the scratch file. @throws LaminaError archive_corrupted */
  static async read(
    tar: AsyncIterable<Buffer>,
    scratch: ScratchFile,
    signal?: AbortSignal,
  ): Promise<BuildContext> {
    const context = new BuildContext(scratch)
    const entries = await context.#draft.unpack(tar, '', scratch, signal)
    for (const entry of entries) {
      if (!context.#entries.has(entry.path)) context.#entries.set(entry.path, entry)
    }
    return context
  }

  get files() {
    return this.#draft.files
  }

  /**
   * The text of the Dockerfile; it and `.dockerignore` leave the context when `.dockerignore` says so.
   * @throws LaminaError invalid_input when there is none
   */
  async dockerfile(asked: string): Promise<string> {
    let path = clean(asked === '' ? 'Dockerfile' : asked)
    let item = await this.#draft.find(path)
    if (item?.entry.type !== 'file' && path === 'Dockerfile') {
      item = await this.#draft.find('dockerfile')
      if (item) path = 'dockerfile'
    }
    if (item?.entry.type !== 'file') throw refuse(`Cannot locate specified Dockerfile: ${asked}`)
    if (item.entry.size === 0) throw refuse(`The Dockerfile (${asked}) cannot be empty`)
    const text = await textOf(item)
    const ignore = await this.#draft.find(IGNORE_FILE)
    if (ignore?.entry.type === 'file') {
      const patterns = await textOf(ignore)
      for (const name of [IGNORE_FILE, path]) {
        if (isIgnored(name, patterns)) this.#draft.overlay.remove(name)
      }
    }
    return text
  }

  async hash(path: string): Promise<string> {
    const known = this.#sums.get(path)
    if (known !== undefined) return known
    const entry = this.#entries.get(path)
    // As dockerd has it: what no entry stands for is known by its path.
    if (!entry) return path
    const content =
      entry.stored > 0
        ? { file: this.scratch.path, offset: entry.offset, length: entry.stored }
        : null
    const sum = await tarSum(entry, await this.#rawHeader(entry), content)
    this.#sums.set(path, sum)
    return sum
  }

  /** The header lies in the block before the content. */
  async #rawHeader(entry: LayerEntry): Promise<RawHeader> {
    const block = Buffer.alloc(BLOCK)
    await onDisk(this.scratch.path, async () => {
      const handle = await open(this.scratch.path, 'r')
      try {
        await handle.read(block, 0, BLOCK, entry.offset - BLOCK)
      } finally {
        await handle.close()
      }
    })
    const text = (at: number, length: number): string =>
      decodeName(block, at, textEnd(block, at, length))
    const written = text(0, 100)
    // A name that is longer than the field stands elsewhere; then it is what tars of today write.
    const full = entry.type === 'directory' ? `${entry.path}/` : entry.path
    return {
      mode: parseNumber(block, 100, 8),
      name: clean(written) === entry.path ? written : full,
      userName: text(265, 32),
      groupName: text(297, 32),
    }
  }
}

async function textOf({ entry, content }: Item): Promise<string> {
  if (entry.size > MAX_DOCKERFILE) throw refuse(`/${entry.path} is too large to be read`)
  const chunks: Buffer[] = []
  for await (const chunk of bytesOf(content)) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}
