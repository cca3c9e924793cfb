/**
 * The words of this room: what stands in a layer's tar (OCI image-spec layer.md), and trees of files.
 *
 * Names are JavaScript strings. A name that is valid UTF-8 is that text; every byte of one that is
 * not becomes a lone surrogate U+DC80…U+DCFF (as Python's "surrogateescape"), so that any name comes
 * back to the same bytes (`encodeName`, `decodeName` in names.ts). Paths are relative to the root,
 * cleaned, with "/" between the parts: no leading "/", no ".", no ".."; the root itself is "".
 */
import type { Change, FileType } from '@shared/models'
import type { Columns } from './index-layout'

export type { Change, FileType }

/** A stretch of data in a sparse file, in bytes; the rest reads as zeros. */
export interface SparseChunk {
  offset: number
  length: number
}

/**
 * `file`: the path is removed from the layers below (`.wh.NAME`).
 * `opaque`: a directory hides everything that the layers below have in it (`.wh..wh..opq`).
 */
export type Whiteout = 'file' | 'opaque'

/** One entry of a layer. */
export interface LayerEntry {
  /** Of a whiteout: the path that is hidden. */
  path: string
  type: FileType
  /** Permission bits with setuid, setgid and sticky (0o7777). */
  mode: number
  uid: number
  gid: number
  /** Bytes when read; of a sparse file with its holes. 0 for everything but files. */
  size: number
  /** Seconds since 1970, rounded down; may be negative. */
  mtime: number
  /** 0 to 999,999,999. */
  mtimeNsec: number
  /** Symlink: its target as written. Hard link: the cleaned path it shares its content with. */
  linkname: string
  devMajor: number
  devMinor: number
  /** Extended attributes by name ("security.capability"); null: none. */
  xattrs: ReadonlyMap<string, Buffer> | null
  /** Where its content begins in the uncompressed tar; 0 when it does not come from one. */
  offset: number
  /** Bytes that the tar has of it: `size`, or less when it is sparse. */
  stored: number
  /** Which parts of a sparse file the stored bytes are, in order; null: all of it. */
  sparse: readonly SparseChunk[] | null
  whiteout: Whiteout | null
}

/** Where the bytes of an entry's content come from when a tar is written (its `stored` bytes). */
export type Content =
  | null
  | Buffer
  | { file: string; offset: number; length: number }
  | { stream: () => AsyncIterable<Buffer>; length: number }

export interface LayerSource {
  entry: LayerEntry
  content: Content
}

/**
 * A tree of files to look at: nodes are numbers, 0 is the root, the children of a directory are
 * `firstChild … firstChild + childCount - 1`, sorted by name.
 */
export interface FileTree {
  /** Nodes in all, the root included. */
  readonly count: number
  /** Entries and bytes in all; how many are marked as what. */
  readonly totals: {
    entries: number
    bytes: number
    added: number
    changed: number
    deleted: number
  }
  /** The node at a path, or -1. Follows no links. */
  find(path: string): number
  /** The child whose name is these bytes, or -1. */
  findChild(node: number, names: Uint8Array, at: number, length: number): number
  firstChild(node: number): number
  childCount(node: number): number
  /** -1 for the root. */
  parent(node: number): number
  name(node: number): string
  path(node: number): string
  type(node: number): FileType
  /** Everything about it. `implied` directories have mode 0755 of root, and no time. */
  entry(node: number): LayerEntry
  /** Null: unmarked. */
  change(node: number): Change | null
  /** Bytes of the file, or of all files below the directory. */
  bytes(node: number): number
  /** The layer that it comes from (an index into the layers of a union), and its node there. */
  source(node: number): { layer: number; node: number }
  /**
   * Where a file's content lies, hard links followed as they were when their layer was made; null
   * when it has none or it is lost. Two paths are one file when layer and `offset` are the same.
   */
  content(node: number): { layer: number; entry: LayerEntry } | null
}

/**
 * The files of one layer by themselves. Its tree has the entries, the directories that they imply,
 * and its whiteouts (marked by `whiteout` of their entry; they count as no entry in `totals`).
 */
export interface LayerIndex extends FileTree {
  /** The directory stands in no entry: what the layers below say of it holds. */
  isImplied(node: number): boolean
  /** Whatever the layers below have at this path is hidden (`.wh.NAME`, with or without a new NAME). */
  hidesPath(node: number): boolean
  /** Whatever the layers below have in this directory is hidden. */
  isOpaque(node: number): boolean
  /** The index as a file; `PackedIndex.read` is the way back. */
  serialize(): Buffer
  /** For merges, which look at many nodes at once (index-layout.ts). */
  readonly columns: Columns
  readonly names: Buffer
}

// What makes and shows them:
//   new LayerIndexBuilder().add(entry)… .build(): LayerIndex   entries in the tar's order (index-builder.ts)
//   new TarScanner({entry, data, entryEnd}).write(chunk)… .end()   a tar to entries (tar-scanner.ts)
//   packTar(entries): AsyncIterable<Buffer>                    entries to a tar (tar-writer.ts)
//   union(layers: LayerIndex[]): FileTree                      base first (union.ts)
//   markChanges(layers: LayerIndex[], below?: FileTree): FileTree   the last one, marked (marks.ts)
//   treeSummary, treePage, treeSearch                          models of the contract (tree-pages.ts)
