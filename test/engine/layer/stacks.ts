/** Random stacks of layers, such as a runtime could have written one on top of the other. */
import fc from 'fast-check'
import { baseName, parentPath } from '../../../src/engine/layer/names'
import type { FileTree, LayerEntry } from '../../../src/engine/layer/types'
import { type Dialect, type SparseFormat, tarEntry } from './dialects'
import { END } from '../hostile/tar-bytes'
import { source } from './tars'

const LONG = 'long'.repeat(30)
const PATHS = [
  ...['a', 'b', 'c', 'a/x', 'a/y', 'b/x', 'b/x/p', 'b/x/q', 'c/z', 'c/z/é', 'c/z/\udcff'],
  ...[`c/${LONG}`, `c/${LONG}/${LONG}/${LONG}`, 'a/line\nof two', `b/\udc80${LONG}文`],
]
const KINDS = [
  ...['file', 'file', 'sparse', 'directory', 'directory', 'symlink', 'fifo', 'char', 'block'],
  ...['hardlink', 'hardlink', 'hardlink below', 'hardlink below', 'whiteout', 'whiteout', 'opaque'],
] as const

export interface Step {
  kind: string
  path: string
  /** For contents, targets and sizes. */
  number: number
  fields: Pick<LayerEntry, 'mode' | 'uid' | 'gid' | 'mtime' | 'mtimeNsec'>
  xattrs: number
  dialect: Dialect
  /** Writes no entry for folders that the layers below have. */
  implies: boolean
}

const id = fc.constantFrom(0, 1000, 0o7777777, 0o7777777 + 1, 0x7fffffff, 0xfffffffe)
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...KINDS),
  path: fc.constantFrom(...PATHS),
  number: fc.nat(1000),
  fields: fc.record({
    mode: fc.nat(0o7777),
    uid: id,
    gid: id,
    // What ext4 can hold: 1901 to 2446.
    mtime: fc.oneof(fc.constantFrom(-1, 0, 1, 8 ** 11 - 1, 8 ** 11), fc.integer({ min: -2e9 })),
    mtimeNsec: fc.oneof(fc.constant(0), fc.constantFrom(1, 250_000_000, 999_999_999)),
  }),
  xattrs: fc.nat(7),
  dialect: fc.record({
    gnu: fc.boolean(),
    sparse: fc.constantFrom<SparseFormat>('old', '0.0', '0.1', '1.0'),
  }),
  implies: fc.boolean(),
})

export const stacks = fc.array(fc.array(step, { minLength: 1, maxLength: 12 }), {
  minLength: 1,
  maxLength: 5,
})

/**
 * The tar of a layer on top of `below`. `forGo`: without old GNU sparse files, which Go's readers
 * hand on under a type of their own that neither umoci nor dockerd unpacks ("unknown typeflag").
 */
export function layerTar(steps: readonly Step[], below: FileTree | null, forGo: boolean): Buffer {
  const readable = (step: Step): Step => {
    const { gnu, sparse } = step.dialect
    return { ...step, dialect: { gnu, sparse: sparse === 'old' ? '1.0' : sparse } }
  }
  return new LayerWriter(below).write(forGo ? steps.map(readable) : steps)
}

class LayerWriter {
  readonly #parts: Buffer[] = []
  /** What this layer has at each path by now. */
  readonly #own = new Map<string, LayerEntry>()
  /** Paths where nothing of the layers below is left. */
  readonly #hidden = new Set<string>()

  constructor(private readonly below: FileTree | null) {}

  write(steps: readonly Step[]): Buffer {
    for (const step of steps) this.#take(step)
    return Buffer.concat([...this.#parts, END])
  }

  #take(step: Step): void {
    const { kind, path, number, fields } = step
    if (kind === 'whiteout') this.#whiteout(step)
    else if (kind === 'opaque') this.#opaque(step)
    else if (kind === 'hardlink' || kind === 'hardlink below') this.#hardlink(step)
    else if (this.#makeFolders(step)) {
      if (kind === 'file') {
        const content = `${path} ${number}`.repeat(number % 3)
        this.#put(step, entryAt(path, { ...fields, ...xattrs(step) }), Buffer.from(content))
      } else if (kind === 'sparse') {
        this.#putSparse(step)
      } else if (kind === 'directory') {
        this.#put(step, entryAt(path, { ...fields, ...xattrs(step), type: 'directory' }))
      } else if (kind === 'symlink') {
        const linkname = PATHS[number % PATHS.length] as string
        this.#put(step, entryAt(path, { ...fields, mode: 0o777, type: 'symlink', linkname }))
      } else {
        const device = { devMajor: 1 + (number % 4095), devMinor: number * 1048 }
        const type = kind as 'fifo' | 'char' | 'block'
        this.#put(step, entryAt(path, { ...fields, type, ...(type === 'fifo' ? {} : device) }))
      }
    }
  }

  /** Files with as many stretches of data as the number says; more than one header holds, too. */
  #putSparse(step: Step): void {
    const { number, path, fields } = step
    const sparse = Array.from({ length: number % 30 }, (_, at) => ({
      offset: at * 1024 + (number % 2) * 512,
      length: 1 + ((number * (at + 1)) % 512),
    }))
    const last = sparse.at(-1)
    const size = (last ? last.offset + last.length : 0) + (number % 5) * 700
    const stored = sparse.reduce((sum, { length }) => sum + length, 0)
    const bytes = Buffer.alloc(stored, path)
    this.#put(step, entryAt(path, { ...fields, ...xattrs(step), sparse, size, stored }), bytes)
  }

  #whiteout(step: Step): void {
    const { path } = step
    if (!this.#lower(path) || this.#impliesWithin(path) || !this.#makeFolders(step)) return
    this.#hidden.add(path)
    this.#parts.push(tarEntry(entryAt(markerOf(path), {}), Buffer.alloc(0), step.dialect))
  }

  #opaque(step: Step): void {
    const { path, fields } = step
    const own = this.#own.get(path)
    if (own ? own.type !== 'directory' : this.#lower(path) !== 'directory') return
    // Nobody hides a folder that a new file lies in without saying anew what it is.
    if (this.#impliesWithin(path)) return
    if (!this.#makeFolders(step)) return
    if (!own) this.#put(step, entryAt(path, { ...fields, type: 'directory' }))
    this.#hidden.add(`${path}/`)
    this.#parts.push(tarEntry(entryAt(`${path}/.wh..wh..opq`, {}), Buffer.alloc(0), step.dialect))
  }

  /** All names of a file have its metadata, as in every tar of a file system. */
  #hardlink(step: Step): void {
    const { kind, path, number } = step
    if (!this.#makeFolders(step)) return
    const isBelow = kind === 'hardlink below'
    const targets = isBelow ? this.#linkableBelow() : this.#linkable()
    const target = targets[number % (targets.length || 1)]
    if (!target || target.path === path || target.path.startsWith(`${path}/`)) return
    const shared = { ...target, path, linkname: target.path, size: 0, stored: 0, sparse: null }
    this.#put(step, { ...shared, type: 'hardlink', devMajor: 0, devMinor: 0, offset: 0 })
    // What it is to further links.
    this.#own.set(path, { ...target, path })
  }

  /**
   * Whether this layer has something at or below `path`, be it a whiteout, in a folder that stands in
   * no entry.
   */
  #impliesWithin(path: string): boolean {
    const hidden = [...this.#hidden].map((one) => one.replace(/\/$/, ''))
    for (const own of [...this.#own.keys(), ...hidden]) {
      for (let at = parentPath(own); at.startsWith(path); at = parentPath(at)) {
        if ((at === path || at.startsWith(`${path}/`)) && !this.#own.has(at)) return true
      }
    }
    return false
  }

  #linkable(): LayerEntry[] {
    return [...this.#own.values()].filter(({ type }) => type !== 'directory')
  }

  #linkableBelow(): LayerEntry[] {
    const found: LayerEntry[] = []
    for (const path of PATHS) {
      const type = this.#lower(path)
      if (type === null || type === 'directory' || this.#own.has(path)) continue
      found.push(this.below?.entry(this.below.find(path)) as LayerEntry)
    }
    return found
  }

  /** What the layers below still show at a path. */
  #lower(path: string): LayerEntry['type'] | null {
    const node = this.below?.find(path) ?? -1
    if (node < 0) return null
    for (let at = path; at !== ''; at = parentPath(at)) {
      const own = this.#own.get(at)
      if (this.#hidden.has(at) || (at !== path && own && own.type !== 'directory')) return null
      if (this.#hidden.has(`${parentPath(at)}/`)) return null
    }
    return this.below?.type(node) ?? null
  }

  /** Whether the folder of a path is one now; what is missing gets an entry. */
  #makeFolders(step: Step, path = parentPath(step.path)): boolean {
    if (path === '') return true
    if (!this.#makeFolders(step, parentPath(path))) return false
    const own = this.#own.get(path)
    if (own) return own.type === 'directory'
    if (step.implies && this.#lower(path) === 'directory') return true
    this.#put(step, entryAt(path, { ...step.fields, type: 'directory' }))
    return true
  }

  #put(step: Step, entry: LayerEntry, content = Buffer.alloc(0)): void {
    const size = entry.sparse ? entry.size : content.length
    const whole = { ...entry, size, stored: content.length }
    this.#parts.push(tarEntry(whole, content, step.dialect))
    if (entry.type !== 'directory') {
      this.#hidden.add(entry.path)
      for (const path of [...this.#own.keys()]) {
        if (path.startsWith(`${entry.path}/`)) this.#own.delete(path)
      }
    }
    this.#own.set(entry.path, whole)
  }
}

const markerOf = (path: string) => {
  const parent = parentPath(path)
  return `${parent === '' ? '' : `${parent}/`}.wh.${baseName(path)}`
}

const entryAt = (path: string, fields: Partial<LayerEntry>): LayerEntry =>
  source(path, fields).entry

/** cap_net_raw+ep, as the kernel keeps it (vfs_cap_data, revision 2). */
const CAPABILITY = Buffer.from('0100000200200000000000000000000000000000', 'hex')

function xattrs({ kind, xattrs: number }: Step): Pick<LayerEntry, 'xattrs'> {
  const found = new Map<string, Buffer>()
  if (number & 1) found.set('user.one', Buffer.from('1'))
  if (number & 2 && kind === 'file') found.set('security.capability', CAPABILITY)
  if ((number & 6) === 4) found.set('user.bytes', Buffer.from([0, 0x3d, 0x0a, 0xff]))
  return { xattrs: found.size > 0 ? found : null }
}
