/** GET /events: what happened since a time, and what happens until another or until the client goes. */
import type { EngineEvent } from '../../container/events'
import { ApiError } from '../http/errors'
import { Filters, hasLabel } from '../http/filters'
import type { Route } from '../http/router'
import type { Services } from '../services'
import { eventLine } from '../shapes/events'

export function eventRoutes({ events }: Services): Route[] {
  return [
    {
      method: 'GET',
      pattern: '/events',
      handler: async (request, { raw }) => {
        const filters = Filters.parse(request.text('filters'))
        const since = parseTime(request.text('since'))
        const until = parseTime(request.text('until'))
        if (since !== null && until !== null && until < since) {
          const seconds = (time: bigint) => String(time / 1_000_000_000n)
          throw new ApiError(
            400,
            `\`since\` time (${seconds(since)}) cannot be after \`until\` time (${seconds(until)})`,
          )
        }
        raw.writeHead(200, { 'Content-Type': 'application/json' })
        raw.flushHeaders()
        const send = (event: EngineEvent) => {
          if (until !== null && event.time > until) return
          if (matches(filters, event) && !raw.destroyed) raw.write(eventLine(event))
        }
        // A stream without `since` begins now: the past is only told to who asks for it.
        if (since !== null)
          for (const event of events.remembered()) if (event.time >= since) send(event)
        const left = until === null ? null : Number(until / 1_000_000n) - Date.now()
        if (left === null || left > 0) {
          const unsubscribe = events.subscribe(send)
          await ended(request.signal, left)
          unsubscribe()
        }
        raw.end()
      },
    },
  ]
}

/** Resolves when the client went away, or after so many milliseconds. */
function ended(signal: AbortSignal, milliseconds: number | null): Promise<void> {
  return new Promise((resolve) => {
    const timer =
      milliseconds === null ? null : setTimeout(resolve, Math.min(milliseconds, 2 ** 31 - 1))
    signal.addEventListener('abort', () => {
      if (timer) clearTimeout(timer)
      resolve()
    })
  })
}

/** Seconds with a fraction, or RFC 3339, as nanoseconds; null when not given. */
function parseTime(text: string): bigint | null {
  if (text === '') return null
  const seconds = /^(\d{1,15})(?:\.(\d{1,9}))?$/.exec(text)
  if (seconds) {
    return BigInt(seconds[1] as string) * 1_000_000_000n + BigInt((seconds[2] ?? '').padEnd(9, '0'))
  }
  const milliseconds = Date.parse(text)
  if (Number.isNaN(milliseconds)) {
    throw new ApiError(400, `parsing time ${JSON.stringify(text)}: cannot parse`)
  }
  return BigInt(milliseconds) * 1_000_000n
}

function matches(filters: Filters, { type, action, id, attributes }: EngineEvent): boolean {
  const about = (key: 'container' | 'image' | 'volume' | 'network') =>
    !filters.has(key) ||
    (type === key &&
      (filters.get(key).includes(id) ||
        filters.get(key).some((value) => id.startsWith(value) && value.length >= 4) ||
        filters.exact(key, attributes.name ?? '') ||
        (key === 'image' && filters.exact(key, withoutTag(attributes.name ?? '')))))
  const image =
    !filters.has('image') ||
    (type === 'container' &&
      (filters.exact('image', attributes.image ?? '') ||
        filters.exact('image', withoutTag(attributes.image ?? '')))) ||
    about('image')
  return (
    filters.exact('type', type) &&
    filters.exact('scope', 'local') &&
    (!filters.has('event') || filters.get('event').some((value) => action.startsWith(value))) &&
    about('container') &&
    image &&
    about('volume') &&
    about('network') &&
    filters.get('label').every((label) => hasLabel(attributes, label)) &&
    !['config', 'daemon', 'node', 'plugin', 'secret', 'service'].some((key) => filters.has(key))
  )
}

function withoutTag(name: string): string {
  return name.replace(/:[^:/]*$/, '')
}
