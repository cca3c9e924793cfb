/** Events in the shape of GET /events. */
import type { EngineEvent } from '../../container/events'
import { sortedKeys } from '../../oci/go-json'

/** One line as text: `timeNano` is an integer that JavaScript's numbers cannot hold. */
export function eventLine(event: EngineEvent): string {
  const { type, action, id, attributes, time } = event
  const old =
    type === 'container'
      ? { status: action, id, from: attributes.image ?? '' }
      : type === 'image'
        ? { status: action, id }
        : {}
  const head = JSON.stringify({
    ...old,
    Type: type,
    Action: action,
    Actor: { ID: id, Attributes: sortedKeys(attributes) },
    scope: 'local',
    time: Number(time / 1_000_000_000n),
  })
  return `${head.slice(0, -1)},"timeNano":${time}}\n`
}
