import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { safeName } from '../../../src/main/services/files'
import { packFiles } from '../../../src/main/services/file-tar'
import { saveFile } from '../../../src/main/services/save-file'
import { runOk } from '../../support/run'
import { tempDir, type TempDir } from '../../support/temp'

let dir: TempDir
beforeEach(async () => {
  dir = await tempDir()
})
afterEach(() => dir.remove())

const explain = (thrown: unknown) => new Error(`explained: ${String(thrown)}`)

describe('a saved file', () => {
  it('is whole, counted, and replaces the old one', async () => {
    const target = join(dir.path, 'x.tar')
    await writeFile(target, 'old')
    const seen: number[] = []
    const source = Readable.from([Buffer.from('new '), Buffer.from('content')])
    const size = await saveFile(target, source, (done) => seen.push(done), explain)
    expect([size, seen]).toEqual([11, [4, 11]])
    expect(await readFile(target, 'utf8')).toBe('new content')
    expect(await readdir(dir.path)).toEqual(['x.tar'])
  })

  it('leaves the old one when the source breaks', async () => {
    const target = join(dir.path, 'x.tar')
    await writeFile(target, 'old')
    const source = Readable.from(
      (async function* () {
        yield Buffer.from('new')
        throw new Error('broken')
      })(),
    )
    const saved = saveFile(target, source, () => undefined, explain)
    await expect(saved).rejects.toThrow('explained: Error: broken')
    expect(await readFile(target, 'utf8')).toBe('old')
    expect(await readdir(dir.path)).toEqual(['x.tar'])
  })

  it('has a code when its folder is not there', async () => {
    const target = join(dir.path, 'none/x.tar')
    const saved = saveFile(target, Readable.from([]), () => undefined, explain)
    await expect(saved).rejects.toMatchObject({ code: 'file_missing', params: { path: target } })
  })
})

describe('a name from outside', () => {
  it.each([
    ['x.tar', 'x.tar'],
    ['镜像 1.tar', '镜像 1.tar'],
    ['../../x', 'x'],
    ['/etc/passwd', 'passwd'],
    ['C:\\a\\b', 'b'],
    ['..', 'file'],
    ['', 'file'],
    ['a:b*c?', 'a_b_c_'],
    ['.hidden', 'hidden'],
    ['x\u0000y\n', 'x_y_'],
    ['trailing. ', 'trailing'],
  ])('%j becomes %j', (name, safe) => {
    expect(safeName(name)).toBe(safe)
  })

  it('is short enough for every file system', () => {
    expect(Buffer.byteLength(safeName('层'.repeat(300)))).toBeLessThanOrEqual(200)
  })
})

it('packs files as tar reads them: flat, owned by root, with their modes', async () => {
  const script = join(dir.path, 'run.sh')
  const empty = join(dir.path, 'empty 空')
  await writeFile(script, '#!/bin/sh\n', { mode: 0o755 })
  await writeFile(empty, '')
  const seen = new Map<string, number>()
  const packed = await packFiles([script, empty], (name, done) => seen.set(name, done))
  const chunks: Buffer[] = []
  for await (const chunk of packed.stream) chunks.push(chunk as Buffer)
  const input = Buffer.concat(chunks)
  const listed = await runOk('tar', ['--numeric-owner', '-tvf', '-'], { input })
  expect(listed).toMatch(/^-rwxr-xr-x 0\/0 +10 .* run\.sh$/m)
  expect(await runOk('tar', ['-xOf', '-', 'run.sh'], { input })).toBe('#!/bin/sh\n')
  expect([...seen]).toEqual([
    ['run.sh', 10],
    ['empty 空', 0],
  ])
})
