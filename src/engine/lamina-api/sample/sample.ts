/** POST /lamina/v1/sample: an image of four layers, made on the spot, so that there is one to look at. */
import { arch } from 'node:process'
import { makeEntry } from '../../layer/make-entry'
import { join } from '../../container/fs/tree'
import type { Store } from '../../image/types'
import type { LayerSource } from '../../layer/types'
import { digestOf, type Digest } from '../../oci/digest'
import { defined, goJson, orderConfig } from '../../oci/go-json'
import { LAYERS, type SampleLayer } from './layers'
import { showProgram } from './program'

const REFERENCE = 'lamina/sample:latest'
const PROGRAM = 'bin/show'
/** Settings of the image, as the steps that say them. */
const SETTINGS = ['WORKDIR /srv/site', 'CMD ["/bin/show" "/README"]']

/** Makes the image and names it; a name that it has already goes to the new one. */
export async function makeSample(store: Store): Promise<{ id: Digest; reference: string }> {
  const architecture = arch === 'arm64' ? 'arm64' : 'amd64'
  const created = new Date().toISOString()
  const mtime = Math.floor(Date.parse(created) / 1000)
  const lease = store.blobs.lease()
  try {
    const diffIds: Digest[] = []
    const directories = new Set<string>()
    for (const layer of LAYERS) {
      const sources = layerSources(layer, directories, mtime)
      if (diffIds.length === 0) sources.push(...program(architecture, mtime))
      diffIds.push((await store.layers.build(sources, { lease })).diffId)
    }
    const step = (created_by: string, empty_layer?: true) =>
      defined({ created, created_by, empty_layer })
    const rawConfig = goJson({
      architecture,
      config: orderConfig({
        Env: ['PATH=/bin'],
        Cmd: [`/${PROGRAM}`, '/README'],
        WorkingDir: '/srv/site',
        Labels: { 'org.opencontainers.image.title': 'Lamina sample' },
      }),
      created,
      history: [
        ...LAYERS.map(({ command }) => step(command)),
        ...SETTINGS.map((command) => step(command, true)),
      ],
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: diffIds },
    })
    lease.add(digestOf(rawConfig))
    const { id } = await store.images.create({ rawConfig })
    await store.images.tag(id, REFERENCE)
    return { id, reference: REFERENCE }
  } finally {
    lease.release()
  }
}

/** @param directories those that layers below have; the ones that this layer needs are added */
function layerSources(
  { files }: SampleLayer,
  directories: Set<string>,
  mtime: number,
): LayerSource[] {
  const sources: LayerSource[] = []
  for (const [path, text] of Object.entries(files)) {
    if (text === null) {
      const entry = makeEntry({ path, type: 'file', mode: 0, whiteout: 'file' })
      sources.unshift({ entry, content: null })
      continue
    }
    sources.push(
      ...parentsOf(path, directories, mtime),
      file(path, Buffer.from(text), 0o644, mtime),
    )
  }
  return sources
}

function program(architecture: 'amd64' | 'arm64', mtime: number): LayerSource[] {
  const bytes = showProgram(architecture)
  return [...parentsOf(PROGRAM, new Set(), mtime), file(PROGRAM, bytes, 0o755, mtime)]
}

function file(path: string, content: Buffer, mode: number, mtime: number): LayerSource {
  const size = content.length
  return { entry: makeEntry({ path, type: 'file', mode, mtime, size, stored: size }), content }
}

function parentsOf(path: string, known: Set<string>, mtime: number): LayerSource[] {
  const sources: LayerSource[] = []
  let walked = ''
  for (const part of path.split('/').slice(0, -1)) {
    walked = join(walked, part)
    if (known.has(walked)) continue
    known.add(walked)
    const entry = makeEntry({ path: walked, type: 'directory', mode: 0o755, mtime })
    sources.push({ entry, content: null })
  }
  return sources
}
