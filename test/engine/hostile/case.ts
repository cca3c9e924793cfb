/** One hostile thing: how its bytes are made, which way they go in, and what must come of it. */
import { expect } from 'vitest'
import type { Body } from '../../support/send'
import type { HostileHost } from './host'

export type Route = 'load' | 'import' | 'copy' | 'volume' | 'build' | 'pull'

export interface HostileCase {
  name: string
  route: Route
  /**
   * The body that is sent; of a pull, the name to pull from a registry that the case has started.
   * `host` tells where the canary lies.
   */
  bytes: (host: HostileHost) => Promise<Body> | Body
  /** Added to the route's query. */
  query?: Record<string, string>
  /** What the engine must say when it refuses it. */
  refused?: RegExp
  /** It is taken; this shows that it does no harm. Throws (expect) when it does. */
  contained?: (host: HostileHost) => Promise<void> | void
}

/** Of one that is taken: what it holds is the good image. */
export async function isGood(host: HostileHost): Promise<void> {
  expect((await host.exported('hostile:1')).get('etc/motd')).toBe('good morning\n')
}

/** A body of pieces, as often as wanted, without ever being in memory as a whole. */
export async function* repeated(piece: Buffer, times: number, ...last: Buffer[]) {
  for (let count = 0; count < times; count++) yield piece
  yield* last
}
