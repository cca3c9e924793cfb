/** Brings an image into a registry: blobs first (there already, mounted, or sent), the manifest last. */
import { LaminaError } from '@shared/errors'
import { digestOf, type Digest } from '../oci/digest'
import type { Descriptor } from '../oci/manifest'
import { AnswerError } from '../registry/client/answers'
import type { RegistryClient } from '../registry/client/client'
import { registryError } from '../registry/client/registry-error'
import type { Sink, SinkResult, Sourced, SourcedBlob, SourcedDocument, SourcedIndex } from './copy'
import type { SourcedImage, SourcedLayer } from './copy'
import { explainDenied } from './denied'
import { distinctLayers } from './layers'
import { forEachParallel, Gate, PARALLEL_LAYERS } from './parallel'
import { ItemProgress, type TransferOptions } from './progress'
import { checkBlob, stateOf, type RegistryTarget } from './registry-check'
import type { UploadJournal } from './upload-journal'

export type { RegistryTarget } from './registry-check'

/** HEADs at the same time. */
const CHECKS = 6

interface Waiting<T> {
  blob: T
  progress: ItemProgress
}

/** What a repository has not got, and whether any of it came by a mount. */
interface Missing<T> {
  waiting: Waiting<T>[]
  mounted: boolean
}

export class RegistrySink implements Sink {
  private readonly gate = new Gate()

  constructor(
    private readonly client: RegistryClient,
    private readonly target: RegistryTarget,
    private readonly journal: UploadJournal | null = null,
  ) {}

  async put(sourced: Sourced, options: TransferOptions): Promise<SinkResult> {
    try {
      return await (sourced.kind === 'image'
        ? this.putImage(sourced, options)
        : this.putIndex(sourced, options))
    } catch (error) {
      throw await explainDenied(this.client, this.target.repository, error)
    }
  }

  private async putImage(sourced: SourcedImage, options: TransferOptions): Promise<SinkResult> {
    const { signal } = options
    const items = distinctLayers(sourced.layers).map((layer) => ({
      blob: layer,
      progress: new ItemProgress(layer.diffId, 'Preparing', options.onProgress),
    }))
    const [{ waiting, mounted }, config] = await Promise.all([
      this.missing(items, (layer) => layer.diffId, signal),
      this.look(sourced.config, null, signal),
    ])
    const needsConfig = config === 'missing'
    sourced.begin?.({ layers: waiting.map(({ blob }) => blob), config: needsConfig })
    await forEachParallel(waiting, (item, stop) => this.putLayer(sourced, item, stop), {
      signal,
      width: sourced.streams ? waiting.length : PARALLEL_LAYERS,
    })
    if (needsConfig) await this.send(sourced.config, await sourced.config.descriptor(), { signal })
    const { descriptor, raw, manifest } = await sourced.manifest()
    const { mediaType } = descriptor
    const reference = this.target.tag ?? descriptor.digest
    const digest = await this.putDocument(
      { mediaType, digest: digestOf(raw), bytes: raw },
      reference,
      signal,
    )
    const id = manifest.config.digest
    return { id, digest, size: raw.length, upToDate: waiting.length === 0 && !mounted }
  }

  private async putIndex(sourced: SourcedIndex, options: TransferOptions): Promise<SinkResult> {
    const { signal } = options
    const items = []
    for (const blob of sourced.blobs) {
      const { digest } = await blob.descriptor()
      items.push({ blob, progress: new ItemProgress(digest, 'Preparing', options.onProgress) })
    }
    const { waiting, mounted } = await this.missing(items, () => null, signal)
    await forEachParallel(waiting, (item, stop) => this.sendItem(item, null, stop), { signal })
    const last = sourced.documents.at(-1)
    let size = 0
    try {
      for (const document of sourced.documents) {
        const top = document === last
        size = document.bytes.length
        const reference = (top ? this.target.tag : null) ?? document.digest
        await this.putDocument(document, reference, signal)
      }
    } catch (error) {
      throw this.refusedIndex(error, sourced)
    }
    const { digest } = sourced
    return { id: digest, digest, size, upToDate: waiting.length === 0 && !mounted }
  }

  /** Asks for all of them at once, and mounts those that it can. */
  private async missing<T extends SourcedBlob>(
    items: readonly Waiting<T>[],
    diffIdOf: (blob: T) => Digest | null,
    signal: AbortSignal | undefined,
  ): Promise<Missing<T>> {
    const missing = new Set<Waiting<T>>()
    let mounted = false
    await forEachParallel(
      items,
      async (item, stop) => {
        const found = await this.look(item.blob, diffIdOf(item.blob), stop)
        if (found === 'missing') missing.add(item)
        else if (found === 'exists') item.progress.end('exists', 'Layer already exists')
        else if (found === 'given') {
          mounted = true
          item.progress.end('done', 'Pushed')
        } else {
          mounted = true
          item.progress.end('exists', `Mounted from ${found.from}`)
        }
      },
      { signal, width: CHECKS },
    )
    return { waiting: items.filter((item) => missing.has(item)), mounted }
  }

  /** Whether a blob is there, now that it may have been mounted: then it need not be made. */
  private async look(
    blob: SourcedBlob,
    diffId: Digest | null,
    signal: AbortSignal | undefined,
  ): Promise<'exists' | 'missing' | 'given' | { from: string }> {
    const { repository } = this.target
    const { state, descriptor } = await checkBlob(this.client, repository, blob, signal)
    if (state === 'exists' || state === 'foreign') return 'exists'
    if (descriptor && (await this.target.give?.(descriptor.digest))) return 'given'
    const from =
      descriptor && (this.target.mountFrom?.({ digest: descriptor.digest, diffId }) ?? null)
    if (!descriptor || from === null) return 'missing'
    const mounted = await this.client.mountBlob(repository, descriptor.digest, from, signal)
    return mounted ? { from } : 'missing'
  }

  private async putLayer(
    { prepare }: SourcedImage,
    { blob: layer, progress }: Waiting<SourcedLayer>,
    signal: AbortSignal,
  ): Promise<void> {
    const wasKnown = await layer.known()
    await prepare?.(layer, {
      signal,
      progress: (done, total) => progress.bytesOf('Compressing', done, total),
    })
    const descriptor = await layer.descriptor()
    if (wasKnown?.digest !== descriptor.digest) {
      const state = await stateOf(this.client, this.target.repository, descriptor, signal)
      if (state !== 'missing') return progress.end('exists', 'Layer already exists')
      if (await this.target.give?.(descriptor.digest)) return progress.end('done', 'Pushed')
    }
    // One whose form was known has been tried to mount.
    await this.sendItem({ blob: layer, progress }, wasKnown ? null : layer.diffId, signal)
  }

  /** @param diffId of a layer that may be in another repository */
  private sendItem(
    { blob, progress }: Waiting<SourcedBlob>,
    diffId: Digest | null,
    signal: AbortSignal,
  ): Promise<void> {
    return this.gate.run(async () => {
      const descriptor = await blob.descriptor()
      const { digest, size } = descriptor
      const from = diffId && (this.target.mountFrom?.({ digest, diffId }) ?? null)
      progress.step('Pushing', size)
      const onProgress = (done: number) => progress.bytes(done)
      const mounted = await this.send(blob, descriptor, { from, signal, onProgress })
      if (mounted === null) progress.end('done', 'Pushed')
      else progress.end('exists', `Mounted from ${mounted}`)
    })
  }

  /** Sends a blob, or goes on with sending it; the repository that it was mounted from, or null. */
  private async send(
    blob: SourcedBlob,
    { digest, size }: Descriptor,
    options: {
      from?: string | null
      signal: AbortSignal | undefined
      onProgress?: (done: number) => void
    },
  ): Promise<string | null> {
    const { client, journal } = this
    const { repository } = this.target
    const key = { origin: client.endpoint.origin, repository, digest, size }
    const outcome = await client.uploadBlob(
      repository,
      { digest, size, open: ({ start, signal }) => blob.open({ start, signal, reuse: true }) },
      {
        ...options,
        ...(journal && {
          resume: await journal.find(key),
          onLocation: (location: string) => journal.note(key, location),
        }),
      },
    )
    await journal?.done(key)
    return outcome.how === 'mounted' ? outcome.from : null
  }

  /** PUT, then what stands there now is read back and compared. */
  private async putDocument(
    { mediaType, digest, bytes }: SourcedDocument,
    reference: string,
    signal: AbortSignal | undefined,
  ): Promise<Digest> {
    const { repository } = this.target
    await this.client.putManifest(repository, reference, { mediaType, bytes }, signal)
    const kept = await this.client.getManifest(repository, reference, signal)
    if (kept.digest === digest) return digest
    const cause = new Error(`${repository}:${reference}: sent ${digest}, read back ${kept.digest}`)
    throw registryError('digest_mismatch', {}, { cause })
  }

  /** A refusal of the index or of what it names, with the way out; other errors as they are. */
  private refusedIndex(error: unknown, { platforms }: SourcedIndex): unknown {
    const cause = error instanceof LaminaError ? error.cause : null
    if (!(cause instanceof AnswerError) || !REFUSALS.has(cause.status)) return error
    if (platforms.length === 0 || cause.code?.endsWith('_UNKNOWN')) return error
    return registryError(
      'registry_refused_index',
      {
        address: this.client.endpoint.address,
        repository: this.target.repository,
        message: cause.message,
        platforms: platforms.join(', '),
      },
      { cause },
    )
  }
}

/** Statuses of a document that is not taken. */
const REFUSALS = new Set([400, 405, 406, 415, 422, 501])
