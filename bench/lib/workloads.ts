/**
 * The images that are measured, made once and always the same, in the user's cache (LAMINA_CACHE
 * names another place):
 *
 *   W2  60,000 small files in three layers and a base (278 MB; 69 MB as gzip)
 *   W3  a layer of 1 GiB, half of it noise, and one of 256 MiB of noise (1.34 GB; 854 MB as gzip)
 */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { userCache } from '../../scripts/lib/paths.mjs'
import { makeEntry } from '../../src/engine/layer/make-entry'
import { packTar } from '../../src/engine/layer/tar-writer'
import type { LayerSource } from '../../src/engine/layer/types'
import { runOk } from '../../test/support/run'
import type { Body } from './client'
import { noise, writer } from './random'

/** Where everything large is kept. */
const BENCH_CACHE = join(userCache(), 'bench')
/** Another one makes all workloads again. */
const VERSION = 1

export type Packing = 'none' | 'gzip' | 'zstd'

export interface Workload {
  /** Also the image's name. */
  name: 'w2' | 'w3'
  /** Digests of the plain tars, base first. */
  diffIds: string[]
  /** Files and folders in all. */
  entries: number
  folder: string
}

/** A file for a container or a layer. */
export function file(path: string, content: Buffer): LayerSource {
  const size = content.length
  return {
    entry: makeEntry({ path, type: 'file', mode: 0o644, size, stored: size, mtime: 1_700_000_000 }),
    content,
  }
}

export function folder(path: string): LayerSource {
  const entry = makeEntry({ path, type: 'directory', mode: 0o755, mtime: 1_700_000_000 })
  return { entry, content: null }
}

export function w2(): Promise<Workload> {
  return workload('w2', [base(), ...[1, 2, 3].map((layer) => smallFiles(`layer${layer}`, 20_000))])
}

export function w3(): Promise<Workload> {
  return workload('w3', [largeFiles('half', 64, true), largeFiles('noise', 16, false)])
}

/** `count` small files (1 to 6 KiB of text), a hundred in a folder. */
export function* smallFiles(name: string, count: number): Generator<LayerSource> {
  const text = writer(count + name.length + name.charCodeAt(name.length - 1), 700)
  for (let at = 0; at < count; at++) {
    const parent = `srv/${name}/d${Math.floor(at / 100)}`
    if (at === 0) yield* [folder('srv'), folder(`srv/${name}`)]
    if (at % 100 === 0) yield folder(parent)
    yield file(`${parent}/file-${at}.txt`, text(300 + ((at * 2654435761) % 4500)))
  }
}

/** The files below a root: like a small distribution's. */
function* base(): Generator<LayerSource> {
  const text = writer(7, 400)
  yield* [folder('bin'), folder('etc'), folder('usr'), folder('usr/lib')]
  for (let at = 0; at < 600; at++) yield file(`etc/setting-${at}.conf`, text(200 + at * 3))
  for (let at = 0; at < 60; at++) yield file(`usr/lib/lib${at}.so`, text(1_050_000 + at * 8192))
}

/** Files of 16 MiB: of noise, or in turns of noise and text. */
function* largeFiles(name: string, count: number, half: boolean): Generator<LayerSource> {
  const text = writer(11, 230)
  yield folder(name)
  for (let at = 0; at < count; at++) {
    const content = half && at % 2 === 1 ? text(16 * 2 ** 20) : noise(`${name} ${at}`, 16 * 2 ** 20)
    yield file(`${name}/part-${at}.bin`, content)
  }
}

/** The files of the workload's layers, packed one by one, base first. */
export async function layerFiles({ folder: at, diffIds }: Workload, packing: Packing) {
  const suffix = { none: '', gzip: '.gz', zstd: '.zst' }[packing]
  const files = diffIds.map((_, layer) => join(at, `layer-${layer}.tar${suffix}`))
  for (const [layer, path] of files.entries()) {
    if (await exists(path)) continue
    const plain = join(at, `layer-${layer}.tar`)
    const tool = packing === 'gzip' ? ['gzip', '-nc'] : ['zstd', '-qc']
    const script = '"$@" >"$0.draft" && mv "$0.draft" "$0"'
    await runOk('sh', ['-c', script, path, ...tool, plain], { timeout: 900_000 })
  }
  return files
}

/**
 * What `docker load` takes (a docker-archive), its layers packed as asked.
 * @param label makes another image of the same layers
 */
export async function archive(
  { name, diffIds, ...rest }: Workload,
  packing: Packing,
  label = '',
): Promise<Body & { image: string }> {
  const layers = await layerFiles({ name, diffIds, ...rest }, packing)
  const config = Buffer.from(
    JSON.stringify({
      ...{ architecture: 'amd64', os: 'linux', created: '2026-01-01T00:00:00Z' },
      config: { Cmd: ['/bin/sh'], Labels: { bench: label } },
      history: diffIds.map((_, at) => ({ created_by: `layer ${at}` })),
      rootfs: { type: 'layers', diff_ids: diffIds },
    }),
  )
  const id = createHash('sha256').update(config).digest('hex')
  const entries: LayerSource[] = []
  for (const [at, path] of layers.entries()) {
    const { size } = await stat(path)
    const { entry } = file(`layer-${at}/layer.tar`, Buffer.alloc(0))
    entries.push({
      entry: { ...entry, size, stored: size },
      content: { file: path, offset: 0, length: size },
    })
  }
  const image = `bench/${name}:latest`
  const Layers = entries.map(({ entry }) => entry.path)
  const manifest = [{ Config: `${id}.json`, RepoTags: [image], Layers }]
  entries.push(file(`${id}.json`, config))
  entries.push(file('manifest.json', Buffer.from(JSON.stringify(manifest))))
  return { image, ...tarOf(entries) }
}

/** The archive as a file. */
export async function archiveFile(of: Workload, packing: Packing): Promise<string> {
  const path = join(of.folder, `archive-${packing}.tar`)
  if (!(await exists(path))) {
    const draft = `${path}.${process.pid}`
    await pipeline((await archive(of, packing)).stream, createWriteStream(draft))
    await rename(draft, path)
  }
  return path
}

/** These files as one tar. */
export function tarOf(entries: readonly LayerSource[]): Body {
  const padded = (size: number) => Math.ceil(size / 512) * 512
  const length = entries.reduce((sum, { entry }) => sum + 512 + padded(entry.stored), 1024)
  return { stream: packTar(entries), length }
}

async function workload(
  name: Workload['name'],
  layers: Iterable<LayerSource>[],
): Promise<Workload> {
  const at = join(BENCH_CACHE, `${name}-v${VERSION}`)
  const described = join(at, 'workload.json')
  if (!(await exists(described))) {
    const draft = `${at}.${process.pid}`
    await mkdir(draft, { recursive: true })
    process.stdout.write(`making ${name} in ${at} …\n`)
    const made = { diffIds: [] as string[], entries: 0 }
    for (const [layer, entries] of layers.entries()) {
      const hash = createHash('sha256')
      const counted = count(entries, made)
      const path = join(draft, `layer-${layer}.tar`)
      await pipeline(hashing(packTar(counted), hash), createWriteStream(path))
      made.diffIds.push(`sha256:${hash.digest('hex')}`)
    }
    await writeFile(join(draft, 'workload.json'), JSON.stringify(made))
    await rm(at, { recursive: true, force: true })
    await rename(draft, at)
  }
  const made = JSON.parse(await readFile(described, 'utf8')) as Pick<
    Workload,
    'diffIds' | 'entries'
  >
  return { name, folder: at, ...made }
}

function* count<T>(items: Iterable<T>, made: { entries: number }): Generator<T> {
  for (const item of items) {
    made.entries++
    yield item
  }
}

async function* hashing(stream: AsyncIterable<Buffer>, hash: ReturnType<typeof createHash>) {
  for await (const chunk of stream) {
    hash.update(chunk)
    yield chunk
  }
}

/** Reads files, so that they are in the cache before anything is measured. */
export async function warm(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    for await (const _ of createReadStream(path, { highWaterMark: 2 ** 20 })) void _
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
