/** The engine's side of a reading that a thread does. */
import { PackedIndex } from '../../layer/layer-index'
import { SLOT, SLOTS, type ToThread } from './messages'
import type { ReadingOptions, ReadTar, TarReading } from './tar-reading'

type Message<M> = M extends { id: number } ? Omit<M, 'id'> : never

export interface ThreadLink {
  say(message: Message<ToThread>): void
  /** Called once, when nothing more will be said. */
  ended(): void
}

export class ThreadReading implements TarReading {
  readonly #link: ThreadLink
  readonly #options: ReadingOptions
  readonly #bytes: Uint8Array
  readonly #free = Array.from({ length: SLOTS }, (_, slot) => slot)
  /** Who waits for a slot, for the end or for the failure: one at a time. */
  #wake: () => void = () => undefined
  #failure: unknown = null
  #read: ReadTar | null = null
  #over = false

  /** @param memory `SLOT * SLOTS` bytes, its own until it is over */
  constructor(options: ReadingOptions, memory: SharedArrayBuffer, link: ThreadLink) {
    this.#link = link
    this.#options = options
    this.#bytes = new Uint8Array(memory)
    const { algorithm, hashed } = options
    const wanted = { algorithm, ...(hashed && { hashed }) }
    link.say({ do: 'begin', options: wanted, memory })
  }

  async write(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length; at += SLOT) {
      const part = chunk.subarray(at, at + SLOT)
      while (this.#free.length === 0) await this.#news()
      if (this.#failure !== null) throw this.#failure
      const slot = this.#free.pop() as number
      this.#bytes.set(part, slot * SLOT)
      this.#link.say({ do: 'write', slot, length: part.length })
    }
  }

  async end(): Promise<ReadTar> {
    if (this.#failure === null) this.#link.say({ do: 'end' })
    while (this.#read === null) await this.#news()
    return this.#read
  }

  destroy(): void {
    if (!this.#over) this.#link.say({ do: 'destroy' })
    this.fail(new Error('the reading has ended'))
  }

  /** A slot may be used again. */
  written(slot: number, position: number): void {
    this.#free.push(slot)
    this.#options.progress?.(position)
    this.#wake()
  }

  done({ index, ...tar }: ReadTar<ArrayBuffer>): void {
    this.#read = { ...tar, index: new PackedIndex(index, index.byteLength) }
    this.#end()
  }

  fail(error: unknown): void {
    this.#failure ??= error
    this.#end()
  }

  #end(): void {
    this.#wake()
    if (this.#over) return
    this.#over = true
    this.#link.ended()
  }

  /** Waits for something to happen; throws the failure. */
  async #news(): Promise<void> {
    if (this.#failure !== null) throw this.#failure
    await new Promise<void>((resolve) => (this.#wake = resolve))
    if (this.#failure !== null) throw this.#failure
  }
}
