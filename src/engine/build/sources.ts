/** Where COPY and ADD take files from: the build context, or the files of an image. */
import { ContainerFiles } from '../container/fs/container-files'
import { ImageTree } from '../container/fs/image-tree'
import type { Tree } from '../container/fs/tree'
import type { Store } from '../image/types'
import type { FileType } from '../layer/types'
import type { Digest } from '../oci/digest'
import { EMPTY_TREE } from './draft'
import { tarSum } from './tarsum'

export interface CopySource {
  readonly files: ContainerFiles
  /** The client's own files: errors about them name `.dockerignore`. */
  readonly isContext: boolean
  /** The hash of what is at a path, links followed; the path itself where nothing is. */
  hash(path: string): Promise<string>
}

/** Type bits of a mode, as stat gives them. */
const TYPE_BITS: Record<FileType, number> = {
  file: 0o100000,
  hardlink: 0o100000,
  directory: 0o040000,
  symlink: 0o120000,
  char: 0o020000,
  block: 0o060000,
  fifo: 0o010000,
}
/** The one extended attribute that dockerd copies, and hashes. */
const CAPABILITY = 'security.capability'

/** The files of an image, as an earlier stage left them. */
export class ImageSource implements CopySource {
  readonly isContext = false
  readonly files: ContainerFiles

  constructor(tree: Tree) {
    this.files = new ContainerFiles(tree, [])
  }

  async hash(path: string): Promise<string> {
    const resolved = await this.files.resolve(path)
    const item = await this.files.lookup(resolved)
    if (!item) return resolved
    const { entry, content } = item
    const name = resolved === '' ? '.' : resolved
    const raw = {
      mode: entry.mode | TYPE_BITS[entry.type],
      name: entry.type === 'directory' ? `${name}/` : name,
      // dockerd looks the names up on its machine; of root they are the same everywhere.
      owner: { user: entry.uid === 0 ? 'root' : '', group: entry.gid === 0 ? 'root' : '' },
    }
    const capability = entry.xattrs?.get(CAPABILITY)
    const xattrs = capability ? new Map([[CAPABILITY, capability]]) : null
    return tarSum({ ...entry, xattrs }, raw, content)
  }
}

/** The merged files of layers, base first; no layers are no files. */
export async function treeOf(
  { layers }: Pick<Store, 'layers'>,
  diffIds: readonly Digest[],
  signal?: AbortSignal,
): Promise<Tree> {
  if (diffIds.length === 0) return EMPTY_TREE
  const files = await layers.union(diffIds, { ...(signal && { signal }) })
  return new ImageTree(files, diffIds, layers)
}
