/** Copies between any two places, each by the shortest way. */
import { createReadStream } from 'node:fs'
import type { TransferSource, TransferTarget } from '@shared/lamina-api'
import { LaminaError } from '@shared/errors'
import { familiarReference, fullReference, parseReference, type Reference } from '@shared/reference'
import { loadArchive } from '../image/load'
import { saveArchive } from '../image/save'
import type { Store } from '../image/types'
import type { Platform } from '../oci/manifest'
import type { RegistryClient } from '../registry/client/client'
import { ArchiveSink, writeArchive } from './archive-sink'
import { ArchiveSource } from './archive-source'
import { copy, type Sink, type SinkResult, type Source } from './copy'
import { Daemon } from './daemon'
import { DaemonSink, loadInto } from './daemon-sink'
import { DaemonSource } from './daemon-source'
import { finder, giver, type LocalRegistry } from './local-registry'
import type { TransferOptions } from './progress'
import { otherRepository } from './push'
import { RegistrySink, type RegistryTarget } from './registry-sink'
import { RegistrySource } from './registry-source'
import { StoreSink } from './store-sink'
import { StoreSource } from './store-source'
import { UploadJournal } from './upload-journal'

export interface Copying {
  store: Store
  source: TransferSource
  target: TransferTarget
  platform: Platform | 'all'
  /** The registry of this process. */
  local?: LocalRegistry
  /** Opens the registry of a place; who copies closes it. */
  connect(place: RegistryPlace): Promise<RegistryClient>
}

export type RegistryPlace = Extract<TransferTarget, { kind: 'registry' }>

/** One copy, with the registries that it talks to. */
export class PlaceCopy {
  private readonly clients: RegistryClient[] = []

  constructor(private readonly copying: Copying) {}

  /** Copies, and closes the registries. Errors: those of the source and of the sink. */
  async run(options: TransferOptions): Promise<SinkResult> {
    try {
      return (await this.byShortcut(options)) ?? (await this.byViews(options))
    } finally {
      await this.close()
    }
  }

  /** Source and target of a copy to a registry, for a preview. Close it when done. */
  async openPush(): Promise<{
    source: Source
    client: RegistryClient
    target: () => RegistryTarget
  }> {
    const { target } = this.copying
    if (target.kind !== 'registry') {
      throw new LaminaError('invalid_input', { field: 'target', reason: 'it is no registry' })
    }
    const client = await this.connect(target)
    const source = await this.source({ client, domain: referenceOf(target.reference).domain })
    return { source, client, target: () => this.registryTarget(target, source) }
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.splice(0).map((client) => client.close()))
  }

  private async byViews(options: TransferOptions): Promise<SinkResult> {
    const { target, store } = this.copying
    if (target.kind === 'registry') {
      const push = await this.openPush()
      const journal = await UploadJournal.of(store)
      await journal.sweep()
      const sink: Sink = {
        // What can be mounted is known once the source is open.
        put: (sourced, how) =>
          new RegistrySink(push.client, push.target(), journal).put(sourced, how),
      }
      return copy(push.source, sink, options)
    }
    return copy(await this.source(null), this.sink(target), options)
  }

  private async source(
    registry: { client: RegistryClient; domain: string } | null,
  ): Promise<Source> {
    const { store, source, platform } = this.copying
    switch (source.kind) {
      case 'store':
        return new StoreSource(store, source.image)
      case 'daemon': {
        const daemon = new Daemon(source.daemon)
        return new DaemonSource(store, daemon, source.image, registry ? { registry } : {})
      }
      case 'archive':
        return new ArchiveSource(store, source.path, { image: source.image, platform })
      case 'registry':
        return new RegistrySource(
          await this.connect(source),
          referenceOf(source.reference),
          platform,
        )
    }
  }

  private sink(target: Exclude<TransferTarget, RegistryPlace>): Sink {
    switch (target.kind) {
      case 'store': {
        const reference = referenceOf(target.reference)
        const { domain, path } = reference
        const { source, local } = this.copying
        const names = {
          tag: fullReference(reference),
          repository: source.kind === 'registry' ? `${domain}/${path}` : null,
        }
        const from = source.kind === 'registry' ? referenceOf(source.reference) : null
        return new StoreSink(
          this.copying.store,
          names,
          from ? finder(local, from.domain, from.path) : undefined,
        )
      }
      case 'daemon':
        return new DaemonSink(new Daemon(target.daemon), referenceOf(target.reference))
      case 'archive':
        return new ArchiveSink(
          target.path,
          target.reference === null ? null : referenceOf(target.reference),
        )
    }
  }

  private registryTarget(place: RegistryPlace, source: Source): RegistryTarget {
    const { domain, path, tag, digest } = referenceOf(place.reference)
    const { store, source: from } = this.copying
    const other = otherPlace(from, source, domain, path)
    const give = giver(this.copying.local, domain, path, store.blobs)
    return {
      ...(give && { give }),
      repository: path,
      tag: digest === null ? (tag ?? 'latest') : tag,
      mountFrom: ({ diffId }) =>
        other ?? (diffId ? otherRepository(store, domain, path, diffId) : null),
    }
  }

  /** Ways that move bytes as they are kept; null where there is none. */
  private async byShortcut(options: TransferOptions): Promise<SinkResult | null> {
    const { store, source, target, platform } = this.copying
    const { signal } = options
    if (target.kind === 'registry' || platform === 'all') return null
    if (target.kind === 'store' && source.kind !== 'registry') {
      return intoStore(store, source, referenceOf(target.reference), platform, options)
    }
    if (source.kind !== 'store') return null
    const image = store.images.resolve(source.image)
    const named = target.reference === null ? null : referenceOf(target.reference)
    // The archive names what it was asked for by, so that the name must be there meanwhile.
    if (named === null || !image.tags.includes(fullReference(named))) return null
    const familiar = familiarReference(named)
    const stream = await saveArchive(store, [familiar], signal ? { signal } : {})
    if (target.kind === 'daemon') {
      const expected = { ids: [image.id], diffIds: image.diffIds }
      await loadInto(new Daemon(target.daemon), stream, familiar, expected, signal)
    } else if (target.kind === 'archive') await writeArchive(target.path, stream)
    return { id: image.id, digest: null, size: 0, upToDate: false }
  }

  private async connect(place: RegistryPlace): Promise<RegistryClient> {
    const client = await this.copying.connect(place)
    this.clients.push(client)
    return client
  }
}

/** Another repository of the target's registry that the source is in. */
function otherPlace(
  from: TransferSource,
  source: Source,
  domain: string,
  path: string,
): string | null {
  const learned = source instanceof DaemonSource ? source.learnedFrom : null
  if (learned !== null) return learned === path ? null : learned
  if (from.kind !== 'registry') return null
  const reference = referenceOf(from.reference)
  return reference.domain === domain && reference.path !== path ? reference.path : null
}

/** An archive is loaded as `docker load` does, and its image gets the name that was asked for. */
async function intoStore(
  store: Store,
  source: Exclude<TransferSource, RegistryPlace>,
  reference: Reference,
  platform: Platform,
  { signal }: TransferOptions,
): Promise<SinkResult | null> {
  const name = fullReference(reference)
  if (source.kind === 'store') {
    const { id } = store.images.resolve(source.image)
    await store.images.tag(id, name)
    return { id, digest: null, size: 0, upToDate: true }
  }
  if (source.kind === 'archive' && source.image !== null) return null
  const stream =
    source.kind === 'daemon'
      ? await new Daemon(source.daemon).save(source.image, signal)
      : (createReadStream(source.path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>)
  const loaded = await loadArchive(store, stream, {
    name: source.kind === 'daemon' ? source.image : source.path,
    platform,
    ...(signal && { signal }),
  })
  const [image] = loaded
  if (!image || loaded.length > 1) {
    const reason = 'the archive holds several images: name one of them'
    throw new LaminaError('invalid_input', { field: 'image', reason })
  }
  await store.images.tag(image.id, name)
  return { id: image.id, digest: null, size: 0, upToDate: false }
}

/** Throws `reference_invalid`. */
export function referenceOf(text: string): Reference {
  const parsed = parseReference(text)
  if (parsed.ok) return parsed.reference
  throw new LaminaError('reference_invalid', { reference: text })
}
