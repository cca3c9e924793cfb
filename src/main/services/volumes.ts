/** Volumes. */
import type { Handlers } from '@shared/contract'
import { listVolumes } from '../docker/volumes'
import type { EnginesService } from './engines'

export function volumeHandlers(engines: EnginesService): Pick<Handlers, 'volumes.list'> {
  return {
    'volumes.list': async (_input, { signal }) => {
      const { client } = await engines.connection()
      return listVolumes(client, signal)
    },
  }
}
