import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createEngine, type Engine } from '../../src/engine/engine'
import { LaminaError } from '../../src/shared/errors'
import { startLocalEngine, tarOf, type LocalEngine } from './support'

const created = z.object({ Id: z.string() })
const volumeList = z.object({ Volumes: z.array(z.looseObject({ Name: z.string() })) })

let engine: LocalEngine

beforeEach(async () => {
  engine = await startLocalEngine()
  const query = 'fromSrc=-&repo=base&tag=1'
  await engine.call('POST', `/images/create?${query}`, await tarOf({ 'etc/motd': 'hello\n' }))
})

afterEach(() => engine.stop())

async function create(name: string, mount?: string): Promise<string> {
  const body = { Image: 'base:1', Cmd: ['x'], HostConfig: { Binds: mount ? [mount] : [] } }
  const answer = await engine.call('POST', `/containers/create?name=${name}`, body)
  return created.parse(answer.json).Id
}

async function names(): Promise<string[]> {
  const answer = await engine.call('GET', '/containers/json?all=1')
  return z
    .array(z.object({ Names: z.array(z.string()) }))
    .parse(answer.json)
    .flatMap((container) => container.Names)
}

async function volumes(): Promise<string[]> {
  const answer = await engine.call('GET', '/volumes')
  return volumeList.parse(answer.json).Volumes.map(({ Name }) => Name)
}

async function damage(path: string, how: string): Promise<void> {
  if (how === 'missing') return rm(path)
  if (how === 'a folder') {
    await rm(path)
    await mkdir(path)
    return
  }
  const text = await readFile(path, 'utf8')
  const damaged: Record<string, string> = {
    empty: '',
    'cut short': text.slice(0, text.length / 2),
    'of another shape': '{"version":1}',
    'of another one': text.replace(/"(id|name)":"./, '"$1":"0'),
  }
  await writeFile(path, damaged[how] as string)
}

const WAYS = ['empty', 'cut short', 'of another shape', 'of another one', 'missing', 'a folder']

describe('a record that cannot be read does not stop the engine', () => {
  it.each(WAYS)('of a container: %s', async (how) => {
    const id = await create('lost')
    await create('kept')
    await damage(join(engine.root, 'containers', id, 'container.json'), how)
    await engine.restart()
    expect(await names()).toEqual(['/kept'])
    await create('lost')
    await engine.restart()
    expect((await names()).sort()).toEqual(['/kept', '/lost'])
    const { problems } = await engine.engine.services.store.fsck()
    const aside = join(engine.root, 'containers', `.damaged-${id}`)
    expect(problems).toMatchObject([{ kind: 'file', subject: aside }])
  })

  it.each(WAYS)('of a volume, whose content stays: %s', async (how) => {
    await create('box', 'drawer:/data')
    const drawer = join(engine.root, 'volumes/drawer')
    await writeFile(join(drawer, '_data/note'), 'note\n')
    await damage(join(drawer, 'volume.json'), how)
    await engine.restart()
    expect(await volumes()).toEqual(['drawer'])
    const file = await engine.call('GET', '/containers/box/archive?path=/data/note')
    expect(file.status).toBe(200)
    await engine.restart()
    const { problems } = await engine.engine.services.store.fsck()
    expect(problems).toHaveLength(how === 'missing' ? 0 : 1)
    expect((await engine.call('DELETE', '/containers/box')).status).toBe(204)
    expect((await engine.call('DELETE', '/volumes/drawer')).status).toBe(204)
  })

  it('sets a volume without content aside, several of one name too', async () => {
    for (let round = 0; round < 2; round++) {
      await engine.call('POST', '/volumes/create', { Name: 'drawer' })
      await rm(join(engine.root, 'volumes/drawer/_data'), { recursive: true })
      await writeFile(join(engine.root, 'volumes/drawer/volume.json'), '{')
      await engine.restart()
      expect(await volumes()).toEqual([])
    }
    const left = await readdir(join(engine.root, 'volumes'))
    expect(left.filter((name) => name.startsWith('.damaged-drawer'))).toHaveLength(2)
  })

  it('is told when the engine starts', async () => {
    const id = await create('lost')
    const { root } = engine
    await writeFile(join(root, 'containers', id, 'container.json'), '{')
    await writeFile(join(root, 'engine.json'), '')
    await engine.engine.close()
    const told: unknown[] = []
    const second: Engine = await createEngine({
      root,
      version: '9.9.9',
      onFailure: (error) => told.push(error),
    })
    await second.close()
    expect(told).toHaveLength(1)
    expect(told[0]).toBeInstanceOf(LaminaError)
    expect(String(told[0])).toContain(join(root, 'containers', id))
    expect(String(told[0])).toContain('.damaged-')
  })
})
