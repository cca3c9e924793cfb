import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { EventHub } from '../../../src/main/services/event-hub'
import { JsonFile } from '../../../src/main/services/json-file'
import { SettingsService } from '../../../src/main/services/settings'
import { tempDir, type TempDir } from '../../support/temp'

let dir: TempDir
beforeEach(async () => {
  dir = await tempDir()
})
afterEach(() => dir.remove())

describe('a JSON file', () => {
  const schema = z.object({ n: z.number() })

  it('is read as it was written, by its owner only, with nothing beside it', async () => {
    const file = new JsonFile(join(dir.path, 'sub/x.json'), schema)
    expect(await file.read({ n: 0 })).toEqual({ n: 0 })
    await Promise.all([1, 2, 3].map((n) => file.write({ n })))
    expect(await file.read({ n: 0 })).toEqual({ n: 3 })
    expect(await readdir(join(dir.path, 'sub'))).toEqual(['x.json'])
    expect((await stat(file.path)).mode & 0o777).toBe(0o600)
  })

  it.each(['', '{"n":', '{"n":"one"}', '[]'])('is put aside when damaged: %j', async (text) => {
    const path = join(dir.path, 'x.json')
    await writeFile(path, text)
    const file = new JsonFile(path, schema)
    expect(await file.read({ n: 7 })).toEqual({ n: 7 })
    expect(await readFile(`${path}.damaged`, 'utf8')).toBe(text)
  })

  it('says what stands in the way', async () => {
    await mkdir(join(dir.path, 'x.json'))
    await writeFile(join(dir.path, 'plain'), '')
    const file = new JsonFile(join(dir.path, 'plain/x.json'), schema)
    await expect(file.write({ n: 1 })).rejects.toMatchObject({ name: 'LaminaError' })
    const folder = new JsonFile(join(dir.path, 'x.json'), schema)
    await expect(folder.write({ n: 1 })).rejects.toMatchObject({ name: 'LaminaError' })
    expect((await readdir(dir.path)).sort()).toEqual(['plain', 'x.json'])
  })
})

describe('settings', () => {
  it('are kept, told once, and keep what a later version wrote', async () => {
    await writeFile(join(dir.path, 'settings.json'), '{"theme":"dark","later":1,"language":"fr"}')
    const events = new EventHub()
    const told: unknown[] = []
    events.listen((name, payload) => told.push([name, payload]))
    const settings = await SettingsService.open(dir.path, events)
    expect(settings.get()).toMatchObject({ theme: 'dark', language: 'system', engine: null })
    await settings.set({ language: 'zh-CN' })
    await settings.set({ language: 'zh-CN' })
    await settings.set({ engine: 'bundled' })
    expect(told).toEqual([['settings.changed', { language: 'zh-CN', theme: 'dark' }]])
    const text = await readFile(join(dir.path, 'settings.json'), 'utf8')
    expect(JSON.parse(text)).toMatchObject({ later: 1, language: 'zh-CN', engine: 'bundled' })
    const again = await SettingsService.open(dir.path, events)
    expect(again.get()).toMatchObject({ language: 'zh-CN', engine: 'bundled' })
  })
})
