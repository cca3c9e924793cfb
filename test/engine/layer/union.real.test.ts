/**
 * Random stacks of layers: the tree that we show is the one that umoci unpacks. Every run has a new
 * seed, which fast-check prints with a counterexample; LAMINA_SEED repeats one, and CI takes more
 * stacks.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parentPath } from '../../../src/engine/layer/names'
import { union } from '../../../src/engine/layer/union'
import type { FileTree, LayerSource } from '../../../src/engine/layer/types'
import { digestOf } from '../../../src/engine/oci/digest'
import { runOk } from '../../support/run'
import { tempDir, type TempDir } from '../../support/temp'
import { listTar, listTree } from '../image/trees'
import {
  directory,
  hardlink,
  indexOf,
  opaque,
  source,
  symlink,
  systemTar,
  tarOf,
  whiteout,
} from './tars'

const RUNS = process.env.CI === 'true' ? 100 : 10
const seed = Number(process.env.LAMINA_SEED ?? Date.now() % 1e9)

const PATHS = ['a', 'b', 'c', 'a/x', 'a/y', 'b/x', 'b/x/p', 'b/x/q', 'c/z', 'c/z/é', 'c/z/\udcff']
const KINDS = ['file', 'directory', 'symlink', 'hardlink', 'whiteout', 'opaque', 'fifo'] as const

interface Step {
  kind: (typeof KINDS)[number]
  path: string
  /** For contents, modes, owners and targets. */
  number: number
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...KINDS),
  path: fc.constantFrom(...PATHS),
  number: fc.nat(1000),
})
const stacks = fc.array(fc.array(step, { minLength: 1, maxLength: 9 }), {
  minLength: 1,
  maxLength: 5,
})

/**
 * The entries of a layer that a runtime could have written on top of `below`: nothing twice, folders
 * before what is in them, links to what is there.
 */
function layerOf(steps: Step[], below: FileTree | null): LayerSource[] {
  const entries = new Map<string, LayerSource>()
  const hidden = new Set<string>()
  const makeFolders = (path: string): boolean => {
    if (path === '') return true
    if (!makeFolders(parentPath(path))) return false
    const there = entries.get(path)
    if (!there) entries.set(path, directory(path, { mode: 0o711 }))
    return !there || there.entry.type === 'directory'
  }
  const isUnder = (path: string, folders: Set<string>) =>
    [...folders].some((folder) => path === folder || path.startsWith(`${folder}/`))
  const whiteouts: LayerSource[] = []
  const opaques: LayerSource[] = []
  for (const { kind, path, number } of steps) {
    if (entries.has(path) || isUnder(path, hidden)) continue
    const below0 = below?.find(path) ?? -1
    if (kind === 'whiteout') {
      if (below0 < 0 || [...entries.keys()].some((other) => other.startsWith(`${path}/`))) continue
      if (!makeFolders(parentPath(path))) continue
      hidden.add(path)
      whiteouts.push(whiteout(path))
      continue
    }
    if (!makeFolders(parentPath(path))) continue
    const fields = { mode: 0o600 + (number % 64), uid: number, gid: number * 7, mtime: number }
    if (kind === 'file')
      entries.set(path, source(path, { ...fields, content: `${path} ${number}` }))
    if (kind === 'fifo') entries.set(path, source(path, { ...fields, type: 'fifo' }))
    if (kind === 'symlink') entries.set(path, symlink(path, PATHS[number % PATHS.length] ?? ''))
    if (kind === 'directory' || kind === 'opaque') entries.set(path, directory(path, fields))
    if (kind === 'opaque') opaques.push(opaque(path))
    if (kind === 'hardlink') {
      const own = [...entries.values()].filter(({ entry }) => entry.type === 'file')
      const target = own[number % (own.length || 1)]?.entry
      if (target) entries.set(path, hardlink(path, target.path))
    }
  }
  return [...whiteouts, ...entries.values(), ...opaques]
}

let temp: TempDir
beforeAll(async () => {
  temp = await tempDir('lamina-umoci')
})
afterAll(() => temp.remove())

/** Unpacks a stack as an image of an OCI layout; the tree that came out. */
async function unpack(tars: Buffer[]): Promise<Buffer> {
  const layout = join(temp.path, 'layout')
  const bundle = join(temp.path, 'bundle')
  for (const folder of [layout, bundle]) await rm(folder, { recursive: true, force: true })
  await mkdir(join(layout, 'blobs/sha256'), { recursive: true })
  const put = async (content: Buffer, mediaType: string) => {
    const digest = digestOf(content)
    await writeFile(join(layout, 'blobs/sha256', digest.slice(7)), content)
    return { mediaType: `application/vnd.oci.image.${mediaType}`, digest, size: content.length }
  }
  const json = (value: unknown) => Buffer.from(JSON.stringify(value))
  const layers = []
  for (const tar of tars) layers.push(await put(tar, 'layer.v1.tar'))
  const config = await put(
    json({
      architecture: 'amd64',
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: tars.map((tar) => digestOf(tar)) },
    }),
    'config.v1+json',
  )
  const manifest = await put(json({ schemaVersion: 2, config, layers }), 'manifest.v1+json')
  const named = { ...manifest, annotations: { 'org.opencontainers.image.ref.name': 'it' } }
  await writeFile(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  await writeFile(join(layout, 'index.json'), json({ schemaVersion: 2, manifests: [named] }))
  await runOk('umoci', ['unpack', '--image', `${layout}:it`, bundle])
  return systemTar(join(bundle, 'rootfs'), ['--format=posix', '--numeric-owner', '.'])
}

it('shows the tree that umoci unpacks', async () => {
  await fc.assert(
    fc.asyncProperty(stacks, async (stack) => {
      const tars: Buffer[] = []
      for (const steps of stack) {
        const below = tars.length > 0 ? union(tars.map(indexOf)) : null
        tars.push(await tarOf(layerOf(steps, below)))
      }
      expect(listTree(union(tars.map(indexOf)))).toEqual(listTar(await unpack(tars)))
    }),
    { numRuns: RUNS, seed },
  )
}, 600_000)
