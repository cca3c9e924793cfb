/** Reads large packed layers on threads of their own, so that the engine goes on answering. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { fromAppError, toAppError } from '@shared/errors'
import { HEAD, packingOf } from '../unpacker'
import { SLOT, SLOTS, type FromThread, type ToThread } from './messages'
import {
  DirectReading,
  type BeginReading,
  type ReadingOptions,
  type TarReading,
} from './tar-reading'
import { ThreadReading } from './thread-reading'

/** A smaller layer has been read before a thread has started. */
const WORTH_A_THREAD = 1024 * 1024
/** Each takes some 30 MB while it works. */
const MAX_THREADS = 2
/** A thread without work ends after this time, ms, and gives its memory back. */
const IDLE = 500

/** @param entry the built file of thread.ts */
export function readOnThreads(entry: string): BeginReading {
  const threads = new Set<Thread>()
  const leastBusy = (): Thread => {
    const most = Math.min(MAX_THREADS, availableParallelism())
    const [idlest] = [...threads].sort((a, b) => a.busy - b.busy)
    if (idlest && (idlest.busy === 0 || threads.size >= most)) return idlest
    const thread = new Thread(entry, () => threads.delete(thread))
    threads.add(thread)
    return thread
  }
  return (options, size) =>
    size !== null && size < WORTH_A_THREAD
      ? new DirectReading(options)
      : new SuitedReading(options, () => leastBusy().read(options))
}

/** Begins when the first bytes tell whether a thread is worth it: a plain tar costs next to nothing. */
class SuitedReading implements TarReading {
  readonly #options: ReadingOptions
  readonly #onThread: () => TarReading
  #reading: TarReading | null = null

  constructor(options: ReadingOptions, onThread: () => TarReading) {
    this.#options = options
    this.#onThread = onThread
  }

  async write(chunk: Buffer): Promise<void> {
    if (!this.#reading) {
      const packed = chunk.length >= HEAD && packingOf(chunk.subarray(0, HEAD)) !== 'none'
      this.#reading = packed ? this.#onThread() : new DirectReading(this.#options)
    }
    await this.#reading.write(chunk)
  }

  end() {
    this.#reading ??= new DirectReading(this.#options)
    return this.#reading.end()
  }

  destroy(): void {
    this.#reading?.destroy()
  }
}

class Thread {
  readonly #worker: Worker
  readonly #ended: () => void
  readonly #readings = new Map<number, ThreadReading>()
  /** Memory of readings that are over, for the next ones. */
  readonly #spare: SharedArrayBuffer[] = []
  #ids = 0
  #idle: NodeJS.Timeout | null = null

  /** @param ended told when it takes no more readings */
  constructor(entry: string, ended: () => void) {
    this.#ended = ended
    this.#worker = new Worker(entry)
    // It keeps nobody from ending; who waits for a reading waits for something else as well.
    this.#worker.unref()
    this.#worker.on('message', (message: FromThread) => this.#hear(message))
    this.#worker.on('error', (error) => this.#fail(error))
    this.#worker.on('exit', () => this.#fail(new Error('the thread that read a layer has ended')))
  }

  /** Readings that it has. */
  get busy(): number {
    return this.#readings.size
  }

  read(options: ReadingOptions): TarReading {
    if (this.#idle) clearTimeout(this.#idle)
    this.#idle = null
    const id = this.#ids++
    const memory = this.#spare.pop() ?? new SharedArrayBuffer(SLOT * SLOTS)
    const reading = new ThreadReading(options, memory, {
      say: (message) => this.#worker.postMessage({ id, ...message } as ToThread),
      ended: () => this.#drop(id, memory),
    })
    this.#readings.set(id, reading)
    return reading
  }

  #hear(message: FromThread): void {
    const reading = this.#readings.get(message.id)
    if (message.said === 'written') reading?.written(message.slot, message.position)
    else if (message.said === 'read') reading?.done(message.tar)
    else reading?.fail(fromAppError(message.error))
  }

  /** It has ended, or is about to. */
  #fail(error: unknown): void {
    this.#ended()
    const failure = fromAppError(toAppError(error))
    for (const reading of [...this.#readings.values()]) reading.fail(failure)
  }

  #drop(id: number, memory: SharedArrayBuffer): void {
    this.#readings.delete(id)
    this.#spare.push(memory)
    if (this.busy > 0) return
    this.#idle = setTimeout(() => {
      this.#ended()
      void this.#worker.terminate()
    }, IDLE).unref()
  }
}
