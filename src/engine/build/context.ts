/** The build context: the tar that the client sent, as files that nothing can lead out of. */
import type { ByteStream } from '../blob/blob-store'
import { clean, type Item } from '../container/fs/tree'
import { refused } from '../container/wording'
import { refuse } from '../image/dockerfile/refuse'
import { Draft, EMPTY_TREE, type ScratchFile } from './draft'
import { isIgnored } from '@shared/dockerignore'
import { leadsOut, outside } from './paths'
import { readText } from './read-text'
import { scanTar } from './scan-tar'
import type { CopySource } from './sources'

const DOCKERFILE = 'Dockerfile'
const IGNORE_FILE = '.dockerignore'

export class BuildContext implements CopySource {
  readonly isContext = true
  readonly #draft = new Draft(EMPTY_TREE)
  readonly #sums: ReadonlyMap<string, string>

  private constructor(sums: ReadonlyMap<string, string>) {
    this.#sums = sums
  }

  /**
   * Reads a tar, plain or packed with gzip or zstd, into the scratch file.
   * @throws LaminaError archive_corrupted, archive_unsupported
   */
  static async read(
    tar: ByteStream,
    scratch: ScratchFile,
    signal?: AbortSignal,
  ): Promise<BuildContext> {
    const { entries, sums } = await scanTar(tar, scratch, signal)
    const context = new BuildContext(sums)
    await context.#draft.extract(entries, '', scratch)
    return context
  }

  get files() {
    return this.#draft.files
  }

  /**
   * The text of the Dockerfile and the name that it was found under; it and `.dockerignore` leave the
   * context when `.dockerignore` says so.
   * @throws LaminaError engine_refused, invalid_input when there is none
   */
  async dockerfile(asked: string): Promise<{ text: string; name: string }> {
    const { item, name } = await this.#locate(asked === '' ? DOCKERFILE : asked)
    if (item.entry.size === 0) throw refuse(`the Dockerfile (${name}) cannot be empty`)
    const text = await readText(item)
    await this.#leaveOut(clean(name))
    return { text, name }
  }

  async hash(path: string): Promise<string> {
    const resolved = await this.files.resolve(path)
    return this.#sums.get(resolved) ?? path
  }

  async #locate(name: string): Promise<{ item: Item; name: string }> {
    if (leadsOut(name)) throw outside(name)
    const item = await this.#draft.find(name)
    if (item?.entry.type === 'file') return { item, name }
    const lower = name.toLowerCase()
    if (name === DOCKERFILE && (await this.#draft.find(lower))) return this.#locate(lower)
    throw refused(`Cannot locate specified Dockerfile: ${name}`)
  }

  async #leaveOut(dockerfile: string): Promise<void> {
    const ignore = await this.#draft.find(IGNORE_FILE)
    if (ignore?.entry.type !== 'file') return
    const patterns = await readText(ignore)
    for (const name of [IGNORE_FILE, dockerfile]) {
      const path = await this.files.resolve(name)
      if (isIgnored(name, patterns) && this.#draft.overlay.lookup(path)) {
        this.#draft.overlay.remove(path)
      }
    }
  }
}
