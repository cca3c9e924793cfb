import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Digest } from '../../../src/engine/oci/digest'
import { startLocalEngine, type LocalEngine } from '../support'

let local: LocalEngine

beforeAll(async () => {
  local = await startLocalEngine()
  await local.call('POST', '/lamina/v1/sample')
})

afterAll(() => local.stop())

async function fsck(): Promise<unknown> {
  const { status, text } = await local.call('POST', '/lamina/v1/fsck')
  expect(status).toBe(200)
  return JSON.parse(text.trim().split('\r\n').at(-1) as string)
}

it('counts what is in a sound store', async () => {
  expect(await fsck()).toEqual({
    report: { blobs: expect.any(Number), layers: 4, images: 1, references: 1, problems: [] },
  })
})

it('removes what nothing refers to, and says how much that was', async () => {
  expect((await local.call('POST', '/lamina/v1/gc')).json).toEqual({ removed: 0, freed: 0 })
  const stray = Buffer.from('nobody wants this')
  const { digest } = await local.engine.services.store.blobs.put(stray)
  expect((await local.call('POST', '/lamina/v1/gc')).json).toEqual({ removed: 1, freed: 17 })
  expect(await local.engine.services.store.blobs.has(digest)).toBe(false)
  expect(await fsck()).toMatchObject({ report: { images: 1, problems: [] } })
})

it('names what is damaged', async () => {
  const { images, layers, blobs } = local.engine.services.store
  const [diffId] = images.resolve('lamina/sample').diffIds
  const blob = layers.get(diffId as Digest)?.forms[0]?.digest as Digest
  await writeFile(blobs.path(blob), 'not what was here')
  expect(await fsck()).toMatchObject({
    report: {
      problems: expect.arrayContaining([
        { kind: 'blob', subject: blob, problem: 'its content is not what its name says' },
      ]),
    },
  })
})
