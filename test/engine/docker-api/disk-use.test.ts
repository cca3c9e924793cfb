import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { startLocalEngine, tarOf, type LocalEngine } from '../support'

const usage = z.looseObject({
  LayersSize: z.number(),
  Images: z.array(z.looseObject({ RepoTags: z.array(z.string()), Containers: z.number() })),
  Containers: z.array(z.looseObject({ Names: z.array(z.string()) })),
})

let local: LocalEngine

beforeAll(async () => {
  local = await startLocalEngine()
})
afterAll(() => local.stop())

async function diskUse() {
  const { LayersSize, Images, Containers } = usage.parse(
    (await local.call('GET', '/system/df')).json,
  )
  return {
    size: LayersSize,
    images: Images.map((image) => `${image.RepoTags.join(' ')}: ${image.Containers}`),
    containers: Containers.flatMap(({ Names }) => Names),
  }
}

it('is told anew after every change of images and containers', async () => {
  expect(await diskUse()).toEqual({ size: 0, images: [], containers: [] })
  await local.call('POST', '/images/create?fromSrc=-&repo=base', await tarOf({ file: 'four' }))
  const base = { size: 4, images: ['base:latest: 0'], containers: [] }
  expect(await diskUse()).toEqual(base)
  expect(await diskUse()).toEqual(base)
  await local.call('POST', '/containers/create?name=one', { Image: 'base', Cmd: ['x'] })
  expect(await diskUse()).toEqual({ ...base, images: ['base:latest: 1'], containers: ['/one'] })
  await local.call('POST', '/images/base/tag?repo=more')
  expect((await diskUse()).images).toEqual(['base:latest more:latest: 1'])
  await local.call('DELETE', '/containers/one')
  expect(await diskUse()).toEqual({ ...base, images: ['base:latest more:latest: 0'] })
  for (const name of ['base', 'more']) await local.call('DELETE', `/images/${name}`)
  expect(await diskUse()).toEqual({ size: 0, images: [], containers: [] })
})
