/** Is a mirror of Docker Hub alive: does it answer as a registry, and does it give an image? */
import type { Handlers } from '@shared/contract'
import type { MirrorProbe } from '@shared/doctor'
import { LaminaError } from '@shared/errors'
import type { DockerClient } from '../../docker/client'
import { remoteDigest } from '../../docker/registry-image'
import { mirrorProblem } from '../daemon/check'
import type { EnginesService } from '../engines'
import { look } from './look'

/** Small images that every mirror of Docker Hub must have. */
const IMAGES = ['library/hello-world', 'library/busybox']
/** Milliseconds for one of them. */
const IMAGE_LIMIT = 12_000

export function mirrorHandlers(engines: EnginesService): Pick<Handlers, 'mirrors.probe'> {
  return {
    'mirrors.probe': async ({ url }, { signal }) => {
      const reason = mirrorProblem(url)
      if (reason !== null) throw new LaminaError('invalid_input', { field: 'url', reason })
      return probe(await engines.bundled(), url, signal)
    },
  }
}

async function probe(engine: DockerClient, url: string, signal: AbortSignal): Promise<MirrorProbe> {
  const { protocol: scheme, host } = new URL(url)
  const protocol: 'https' | 'http' = scheme === 'http:' ? 'http' : 'https'
  const { outcome, ms, message } = await look(engine, host, protocol, signal)
  const found = { url, image: null, digest: null, message }
  if (outcome !== 'registry') return { ...found, state: 'dead', ms: null }
  for (const repository of IMAGES) {
    const reference = 'latest'
    const target = {
      address: host,
      protocol,
      username: null,
      password: null,
      repository,
      reference,
    }
    try {
      const digest = await remoteDigest(engine, target, IMAGE_LIMIT, signal)
      return { ...found, state: 'alive', ms, image: repository, digest }
    } catch (thrown) {
      if (signal.aborted) throw new LaminaError('cancelled')
      found.message = thrown instanceof Error ? thrown.message : String(thrown)
    }
  }
  return { ...found, state: 'empty', ms }
}
