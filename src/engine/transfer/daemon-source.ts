/** An image of a Docker (or Podman) daemon, to be sent without the daemon's help. */
import type { Store } from '../image/types'
import type { RegistryClient } from '../registry/client/client'
import type { Source, SourcedImage } from './copy'
import type { Daemon } from './daemon'
import { KnownForms } from './known-forms'
import { learnForms } from './learn-forms'
import { SavedImage } from './saved-image'

export interface DaemonSourceOptions {
  /** The registry that it goes to: what it has of the image need not be read at all. */
  registry?: { client: RegistryClient; domain: string }
}

/** Layers are packed into the store, whose gc removes them when nothing else has them. */
export class DaemonSource implements Source {
  private saved: SavedImage | null = null
  /** Another repository of the registry that has the image, once opened. */
  learnedFrom: string | null = null

  constructor(
    private readonly store: Store,
    private readonly daemon: Daemon,
    private readonly name: string,
    private readonly options: DaemonSourceOptions = {},
  ) {}

  /** Errors: `not_found`, `engine_unreachable`, …; later `engine_lost`, `digest_mismatch`. */
  async open(signal?: AbortSignal): Promise<SourcedImage> {
    const image = await this.daemon.image(this.name, signal)
    const { registry } = this.options
    const learned = registry && (await learnForms(registry.client, registry.domain, image, signal))
    this.learnedFrom = learned?.repository ?? null
    this.saved = new SavedImage(this.store, await KnownForms.of(this.store), {
      id: image.id,
      diffIds: image.diffIds,
      open: (stop) => this.daemon.saveInPlace(this.name, stop),
      learned: learned ?? null,
    })
    return this.saved.sourced
  }

  async close(): Promise<void> {
    await this.saved?.close()
  }
}
