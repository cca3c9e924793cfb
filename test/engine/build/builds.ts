/** Builds for tests: a Dockerfile and files in memory, into a store of the test's own. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { LaminaError } from '@shared/errors'
import { buildImage } from '../../../src/engine/build/builder'
import type { BuildOptions } from '../../../src/engine/build/build'
import { NoRuntime } from '../../../src/engine/container/runtime'
import type { Store } from '../../../src/engine/image/types'
import type { Digest } from '../../../src/engine/oci/digest'
import { makeTar, type TarEntry } from '../cli/harness/tar'
import { streamOf } from '../image/stores'

export interface Built {
  /** Null when it failed. */
  id: Digest | null
  /** What was printed, in one piece. */
  output: string
  /** The sentence of the failure. */
  failure: string | null
  error: unknown
}

export interface BuildRequest extends Partial<Omit<BuildOptions, 'buildArgs' | 'labels'>> {
  files?: readonly TarEntry[]
  buildArgs?: Record<string, string | null>
  labels?: Record<string, string>
  /** The context as it is sent; instead of `files`. */
  context?: AsyncIterable<Buffer>
}

export async function contextOf(
  lines: readonly string[],
  files: readonly TarEntry[] = [],
): Promise<Buffer> {
  return makeTar([{ name: 'Dockerfile', content: `${lines.join('\n')}\n` }, ...files])
}

export async function build(
  store: Store,
  lines: readonly string[],
  { files, buildArgs = {}, labels = {}, context, ...options }: BuildRequest = {},
): Promise<Built> {
  let output = ''
  const print = async (text: string): Promise<void> => void (output += text)
  const tar = context ?? streamOf(await contextOf(lines, files))
  try {
    const id = await buildImage(store, tar, {
      dockerfile: '',
      buildArgs: new Map(Object.entries(buildArgs)),
      labels: new Map(Object.entries(labels)),
      target: '',
      noCache: false,
      cacheFrom: [],
      keepsContainers: false,
      platformSpec: '',
      platform: { os: 'linux', architecture: 'amd64' },
      print,
      warn: print,
      onContainer: () => undefined,
      built: async () => undefined,
      pull: async (name) => {
        throw new LaminaError('not_found', { name, docker: `no registry has ${name}` })
      },
      pullAlways: false,
      runtime: new NoRuntime(),
      ...options,
    })
    return { id, output, failure: null, error: null }
  } catch (error) {
    const failure =
      error instanceof LaminaError ? (error.params.docker ?? error.code) : String(error)
    return { id: null, output, failure, error }
  }
}

/** The files of an image: `path type mode uid:gid`, with the content of files. */
export async function filesOf(store: Store, id: Digest | null): Promise<Record<string, string>> {
  const image = id && store.images.get(id)
  if (!image) throw new Error('nothing was built')
  const tree = await store.layers.union(image.diffIds)
  const files: Record<string, string> = {}
  for (let node = 1; node < tree.count; node++) {
    const entry = tree.entry(node)
    const owner = `${entry.mode.toString(8)} ${entry.uid}:${entry.gid}`
    const found = tree.content(node)
    const parts: Buffer[] = []
    if (found) {
      const diffId = image.diffIds[found.layer] as Digest
      const stream = await store.layers.readFile(diffId, found.entry)
      for await (const part of stream) parts.push(part)
    }
    const kind =
      entry.type === 'file' ? JSON.stringify(Buffer.concat(parts).toString()) : entry.type
    const target = entry.linkname === '' ? '' : ` -> ${entry.linkname}`
    files[entry.path] = `${kind}${target} ${owner}`
  }
  return files
}

export async function configOf(store: Store, id: Digest | null) {
  if (!id) throw new Error('nothing was built')
  return store.images.config(id)
}

/** What is being written or was left behind. */
export function ingestOf(store: Store): Promise<string[]> {
  return readdir(join(store.root, 'ingest'))
}

/** The steps that were found in the cache: their numbers. */
export function cachedSteps(output: string): number[] {
  const steps = output.split(/^Step /m).slice(1)
  return steps.flatMap((text, index) => (text.includes('Using cache') ? [index + 1] : []))
}
