/**
 * The sample image: made once, when the bundled engine is in use for the first time and empty, so
 * that a newcomer has something to look at. Whoever removes it is not given it again.
 */
import { listImages } from '../docker/images'
import { makeSample } from '../docker/lamina'
import { BUNDLED, type EnginesService } from './engines'
import type { EventHub } from './event-hub'
import type { SettingsService } from './settings'

export function offerSample(
  events: EventHub,
  engines: EnginesService,
  settings: SettingsService,
): void {
  let busy = settings.get().sampleMade
  const offer = async () => {
    const client = await engines.bundled()
    if ((await listImages(client)).length === 0) await makeSample(client)
    await settings.set({ sampleMade: true })
  }
  events.listen((name) => {
    if (name !== 'engines.changed' || busy) return
    const { engines: all, current } = engines.state()
    const ready = all.some(({ id, state }) => id === BUNDLED && state === 'ready')
    if (current !== BUNDLED || !ready) return
    busy = true
    // Without the sample the list is only empty; the next change of an engine tries again.
    offer().catch(() => (busy = false))
  })
}
