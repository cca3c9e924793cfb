/**
 * Random stacks of layers: the tree that we show is the one that umoci unpacks.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { union } from '../../../src/engine/layer/union'
import { digestOf } from '../../../src/engine/oci/digest'
import { runOk } from '../../support/run'
import { runsOf, seedOf } from '../../support/seed'
import { tempDir, type TempDir } from '../../support/temp'
import { listFolder, type Listing, listUnion } from './listing'
import { layerTar, stacks } from './stacks'
import { indexOf } from './tars'

const seed = seedOf('stacks of layers')

let temp: TempDir
beforeAll(async () => {
  temp = await tempDir('lamina-umoci')
})
afterAll(() => temp.remove())

/** Unpacks a stack as an image of an OCI layout; the tree that came out. */
async function unpack(tars: Buffer[]): Promise<Listing> {
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
  return listFolder(join(bundle, 'rootfs'))
}

it('shows the tree that umoci unpacks', async () => {
  await fc.assert(
    fc.asyncProperty(stacks, async (stack) => {
      const tars: Buffer[] = []
      const forGo: Buffer[] = []
      for (const steps of stack) {
        const below = tars.length > 0 ? union(tars.map(indexOf)) : null
        forGo.push(layerTar(steps, below, true))
        tars.push(layerTar(steps, below, false))
      }
      const start = Math.floor(Date.now() / 1000)
      const theirs = await unpack(forGo)
      const ours = listUnion(union(tars.map(indexOf)), tars)
      // umoci takes a file out of a folder without giving the folder its time again.
      for (const [path, line] of Object.entries(theirs)) {
        const [, time = ''] = /^directory .* @(-?\d+)\./.exec(line) ?? []
        if (Number(time) >= start && Number(time) <= Date.now() / 1000) {
          theirs[path] = line.replace(/ @\S+/, '')
          ours[path] = ours[path]?.replace(/ @\S+/, '') ?? ''
        }
      }
      expect(ours).toEqual(theirs)
    }),
    { numRuns: runsOf(300), seed },
  )
}, 600_000)
