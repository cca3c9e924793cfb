/** What a saved registry holds: repositories, tags, images, and the removal of tags. */
import type { Handlers } from '@shared/contract'
import { LaminaError } from '@shared/errors'
import type { RegistryTarget } from '@shared/lamina-api'
import { parseReference } from '@shared/reference'
import { listRepositories, listTags } from '../docker/lamina'
import {
  deleteTag,
  remoteImage,
  tagDetails,
  tagDigests,
  tagSiblings,
} from '../docker/remote-images'
import type { EnginesService } from './engines'
import type { KnownRepositories } from './known-repositories'

interface Dependencies {
  engines: EnginesService
  known: KnownRepositories
  /** A saved registry with what it is reached with. Throws `not_found`. */
  reach(id: string): Promise<RegistryTarget>
}

type Calls =
  | 'registries.repositories'
  | 'registries.known'
  | 'registries.addKnown'
  | 'registries.forgetKnown'
  | 'registries.tags'
  | 'registries.tagDetails'
  | 'registries.digests'
  | 'registries.image'
  | 'registries.siblings'
  | 'registries.deleteTag'

export function registryContentHandlers({
  engines,
  known,
  reach,
}: Dependencies): Pick<Handlers, Calls> {
  return {
    'registries.repositories': async ({ id, after, limit }, { signal }) => {
      const target = await reach(id)
      return listRepositories(await engines.bundled(), { ...target, after, limit }, signal)
    },
    'registries.known': async ({ id }) => known.of((await reach(id)).address),
    'registries.addKnown': async ({ id, repository }) => {
      const { address } = await reach(id)
      await known.add(address, repositoryPath(address, repository))
    },
    'registries.forgetKnown': async ({ id, repository }) =>
      known.remove((await reach(id)).address, repository),
    'registries.tags': async ({ id, repository }, { signal }) => {
      const target = await reach(id)
      const path = repositoryPath(target.address, repository)
      const tags = await listTags(await engines.bundled(), { ...target, repository: path }, signal)
      await known.add(target.address, path)
      return tags
    },
    'registries.tagDetails': async ({ id, ...what }, { signal }) =>
      tagDetails(await engines.bundled(), { ...(await reach(id)), ...what }, signal),
    'registries.digests': async ({ id, ...what }, { signal }) =>
      tagDigests(await engines.bundled(), { ...(await reach(id)), ...what }, signal),
    'registries.image': async ({ id, ...what }, { signal }) =>
      remoteImage(await engines.bundled(), { ...(await reach(id)), ...what }, signal),
    'registries.siblings': async ({ id, ...what }, { signal }) =>
      tagSiblings(await engines.bundled(), { ...(await reach(id)), ...what }, signal),
    'registries.deleteTag': async ({ id, ...what }, { signal }) =>
      deleteTag(await engines.bundled(), { ...(await reach(id)), ...what }, signal),
  }
}

/** As the registry knows it (`busybox` of Docker Hub is `library/busybox`). Throws `reference_invalid`. */
export function repositoryPath(address: string, repository: string): string {
  const text = `${address}/${repository}`
  const parsed = parseReference(text)
  if (parsed.ok && parsed.reference.domain === address && !/[:@]/.test(repository)) {
    return parsed.reference.path
  }
  throw new LaminaError('reference_invalid', { reference: text })
}
