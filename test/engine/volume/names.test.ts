/** Volumes are folders named after them: what other systems' folders cannot be called is refused. */
import { readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { Volumes } from '../../../src/engine/volume/volumes'
import { temporaryFolders } from '../blob/temporary-root'

const folder = temporaryFolders()

async function open(platform: NodeJS.Platform, path?: string) {
  const root = path ?? (await folder())
  const volumes = await Volumes.open(root, { users: () => [], emit: () => undefined, platform })
  const make = (name: string) =>
    volumes.ensure({ name, driver: '', labels: null, options: null }).then(
      (volume) => volume.name,
      (error: { code: string; params: { docker?: string } }) => error,
    )
  return { root, volumes, make }
}

const refused = (docker: string) =>
  expect.objectContaining({
    code: 'invalid_input',
    params: expect.objectContaining({ docker: expect.stringContaining(docker) }),
  })

describe('on Windows', () => {
  it.each(['con', 'CON', 'nul.txt', 'com1', 'lpt9.tar.gz', 'aux', 'data.'])(
    '%s is refused',
    async (name) => {
      const { root, make } = await open('win32')
      expect(await make(name)).toEqual(
        refused(`create ${name}: "${name}" cannot be a folder here:`),
      )
      expect(await readdir(root)).toEqual([])
    },
  )

  it('names that only look like one are taken', async () => {
    const { volumes, make } = await open('win32')
    for (const name of ['console', 'com10', 'a.con', 'nulls']) expect(await make(name)).toBe(name)
    expect(volumes.list()).toHaveLength(4)
  })
})

describe.each(['win32', 'darwin'] as const)('where case makes no difference (%s)', (platform) => {
  it('a volume of that name in another case is told, also after a new start', async () => {
    const { root, volumes, make } = await open(platform)
    expect(await make('Data')).toBe('Data')
    const clash = refused('create data: volume "Data" is there, and case makes no difference here')
    expect(await make('data')).toEqual(clash)
    expect(await (await open(platform, root)).make('data')).toEqual(clash)
    expect(await make('Data')).toBe('Data')
    await volumes.remove('Data')
    expect(await make('data')).toBe('data')
    expect(await readdir(root)).toEqual(['data'])
  })
})

it('here all of them are volumes', async () => {
  const { volumes, make } = await open('linux')
  const names = ['Data', 'con', 'data', 'data.', 'nul.txt']
  for (const name of names) expect(await make(name)).toBe(name)
  expect(volumes.list().map(({ name }) => name)).toEqual(names)
})
