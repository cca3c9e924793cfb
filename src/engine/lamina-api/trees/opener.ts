/** From what a person wants to see (a layer, an image, a container's changes) to an open tree. */
import { LaminaError } from '@shared/errors'
import type { OpenTreeRequest } from '@shared/lamina-api'
import type { TreeSource, TreeSummary } from '@shared/models'
import type { Store } from '../../image/types'
import { markChanges } from '../../layer/marks'
import { union } from '../../layer/union'
import type { Digest } from '../../oci/digest'
import { Daemon } from '../../transfer/daemon'
import { ChangeTree, type PathChange } from './change-tree'
import { daemonChanges } from './daemon-changes'
import { FilesTree } from './files-tree'
import type { ProgressListener } from './flights'
import { LayerIndexes } from './layer-indexes'
import { treeHandle, type OpenTrees } from './open-trees'

export interface TreeOpenerOptions {
  store: Store
  /** What changed in a container of the bundled engine. Throws `not_found`. */
  containerChanges: (container: string) => Promise<{ id: string; changes: Iterable<PathChange> }>
}

export class TreeOpener {
  private readonly indexes: LayerIndexes

  constructor(
    private readonly trees: OpenTrees,
    private readonly options: TreeOpenerOptions,
  ) {
    this.indexes = new LayerIndexes(options.store)
  }

  /**
   * Opens a tree. At once for one that is open or whose layers are indexed; else the layers are
   * read first, and `progress` hears of the bytes. Errors: `not_found`, `engine_unreachable`,
   * `engine_lost`, `cancelled`.
   */
  async open(
    { source, daemon }: OpenTreeRequest,
    signal: AbortSignal,
    progress: ProgressListener,
  ): Promise<TreeSummary> {
    const from = daemon ? new Daemon(daemon) : null
    if (source.kind === 'changes') {
      return this.openChanges(source.container, from, signal, progress)
    }
    return this.openLayers(source, from, signal, progress)
  }

  private async openLayers(
    source: Extract<TreeSource, { image: string }>,
    daemon: Daemon | null,
    signal: AbortSignal,
    progress: ProgressListener,
  ): Promise<TreeSummary> {
    const image = daemon ? await daemon.image(source.image, signal) : this.storedImage(source.image)
    const wanted =
      source.kind === 'layer' ? image.diffIds.slice(0, source.layer + 1) : image.diffIds
    if (source.kind === 'layer' && wanted.length <= source.layer) {
      throw new LaminaError('not_found', { name: `${source.image}, layer ${source.layer}` })
    }
    const handle = treeHandle(source.kind, ...wanted)
    const open = this.trees.peek(handle)
    if (open) return { tree: handle, ...open.summary() }

    const layers = await this.indexes.get(wanted, { daemon, image: image.id, signal, progress })
    const tree = source.kind === 'image' ? union(layers) : markChanges(layers)
    return this.trees.add(handle, new FilesTree(tree))
  }

  private storedImage(name: string): { id: Digest; diffIds: readonly Digest[] } {
    return this.options.store.images.resolve(name)
  }

  /** Changes are read anew each time: a container goes on changing. */
  private async openChanges(
    container: string,
    daemon: Daemon | null,
    signal: AbortSignal,
    progress: ProgressListener,
  ): Promise<TreeSummary> {
    const { id, changes } = daemon
      ? await daemonChanges(daemon, container, signal, progress)
      : await this.options.containerChanges(container)
    return this.trees.add(treeHandle('changes', id), new ChangeTree(changes))
  }
}
