/** How much a copy between registries would send, before it begins. Nothing is changed anywhere. */
import type { Handlers } from '@shared/contract'
import { LaminaError } from '@shared/errors'
import { listTags, planCopy } from '../docker/lamina'
import {
  copyRequest,
  endsOf,
  HOPELESS,
  loginsOf,
  preview,
  type CopyDependencies,
} from './registry-copies'

export function registryCopySizeHandlers(
  with_: CopyDependencies,
): Pick<Handlers, 'registries.measureCopy'> {
  return {
    'registries.measureCopy': async (input, { signal }) => {
      const ends = await endsOf(with_, input)
      const { client, from, to } = ends
      const registries = await loginsOf(with_, from, to)
      const tags = input.tags ?? (await listTags(client, from, signal))
      const { tags: compared } = await preview(ends, tags, input.platform, signal)
      const sizes = new Map<string, number>()
      let unknown = 0
      for (const { tag, state } of compared) {
        if (state === 'same') continue
        try {
          const request = copyRequest(ends, tag, input.platform)
          const plan = await planCopy(client, request, { registries }, signal)
          for (const { digest, size, state: what } of plan.items) {
            if (what === 'send' && digest !== null) sizes.set(digest, size ?? 0)
          }
        } catch (thrown) {
          const whole = !(thrown instanceof LaminaError) || HOPELESS.includes(thrown.code)
          if (signal.aborted || whole) throw thrown
          unknown += 1
        }
      }
      return { blobs: [...sizes].map(([digest, size]) => ({ digest, size })), unknown }
    },
  }
}
