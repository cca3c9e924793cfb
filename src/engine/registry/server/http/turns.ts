/** One request at a time on an upload. */
import type { IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Upload } from '../upload'

interface Turn {
  req: IncomingMessage
  ended: Promise<void>
}

const turns = new WeakMap<Upload, Turn>()
/** A request that brings nothing for so long, ms, makes way for the next one. */
const STALLED = 3000

/**
 * Waits until no other request works on the upload; call the result when done. A request that has
 * stalled, as after a connection that broke without a word, is cut off: its client has come back.
 */
export async function takeTurn(upload: Upload, req: IncomingMessage): Promise<() => void> {
  for (;;) {
    const current = turns.get(upload)
    if (!current) break
    await Promise.race([current.ended, delay(STALLED / 4, undefined, { ref: false })])
    const isReceiving = !current.req.complete
    if (turns.get(upload) === current && isReceiving && upload.touched < Date.now() - STALLED) {
      current.req.destroy()
      await current.ended
    }
  }
  let end = () => undefined as void
  const turn = { req, ended: new Promise<void>((resolve) => (end = resolve)) }
  turns.set(upload, turn)
  return () => {
    turns.delete(upload)
    end()
  }
}
