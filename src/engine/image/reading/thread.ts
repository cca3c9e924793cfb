/** A thread that reads layers: unpacks, hashes and indexes what comes (messages.ts). */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parentPort } from 'node:worker_threads'
import { toAppError } from '@shared/errors'
import { SLOT, type FromThread, type ToThread } from './messages'
import { DirectReading } from './tar-reading'

interface Reading {
  reading: DirectReading
  slots: Buffer
  /** What is done one after another. */
  last: Promise<void>
  position: number
}

const readings = new Map<number, Reading>()

/**
 * Unpacked bytes lie outside V8's heap, and V8 lets 32 MB of them gather before it looks whether they
 * are still wanted. They never are: looking more often costs a tenth of a millisecond each time.
 */
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void
const COLLECT_EVERY = 8 * 1024 * 1024
let uncollected = 0

function begin(message: ToThread & { do: 'begin' }): void {
  const { id, options, memory } = message
  const begun: Reading = {
    reading: new DirectReading({ ...options, progress: (at) => moved(begun, at) }),
    slots: Buffer.from(memory),
    last: Promise.resolve(),
    position: 0,
  }
  readings.set(id, begun)
}

function moved(begun: Reading, position: number): void {
  uncollected += position - begun.position
  begun.position = position
  if (uncollected < COLLECT_EVERY) return
  uncollected = 0
  collect({ type: 'minor' })
}

/** Does one thing with a reading, after what it was told before. */
function next(id: number, work: (begun: Reading) => Promise<void>): void {
  const begun = readings.get(id)
  if (!begun) return
  begun.last = begun.last.then(async () => {
    if (readings.get(id) !== begun) return
    try {
      await work(begun)
    } catch (error) {
      say({ id, said: 'failed', error: toAppError(error) })
      drop(id)
    }
  })
}

function drop(id: number): void {
  readings.get(id)?.reading.destroy()
  readings.delete(id)
}

function take(message: ToThread): void {
  const { id } = message
  if (message.do === 'begin') begin(message)
  else if (message.do === 'destroy') drop(id)
  else if (message.do === 'write') {
    const { slot, length } = message
    next(id, async (begun) => {
      await begun.reading.write(begun.slots.subarray(slot * SLOT, slot * SLOT + length))
      say({ id, said: 'written', slot, position: begun.position })
    })
  } else {
    next(id, async ({ reading }) => {
      const { index, ...tar } = await reading.end()
      const memory = index.serialize().buffer as ArrayBuffer
      say({ id, said: 'read', tar: { ...tar, index: memory } }, [memory])
      drop(id)
    })
  }
}

function say(message: FromThread, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer)
}

parentPort?.on('message', take)
