import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import tar from 'tar-stream'
import { readContextRules } from '../../../src/main/services/context-files'
import { packContext } from '../../../src/main/services/pack-context'
import { contextRules } from '../../../src/shared/dockerignore'
import type { LaminaError } from '../../../src/shared/errors'
import { tempDir, type TempDir } from '../../support/temp'

let dir: TempDir
let folder: string

beforeAll(async () => {
  dir = await tempDir('ctx')
  folder = join(dir.path, 'app')
  await mkdir(join(folder, 'node_modules/deep'), { recursive: true })
  await mkdir(join(folder, 'empty'))
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY . /\n')
  await writeFile(join(folder, 'run.sh'), '#!/bin/sh\n')
  await chmod(join(folder, 'run.sh'), 0o755)
  await writeFile(join(folder, '应用.txt'), '你好')
  await writeFile(join(folder, 'node_modules/left.js'), 'x')
  await writeFile(join(folder, 'node_modules/deep/keep.js'), 'y')
  await symlink('../run.sh', join(folder, 'empty/link'))
  await writeFile(
    join(folder, '.dockerignore'),
    'node_modules\n!node_modules/deep/keep.js\nDockerfile\n.dockerignore\n',
  )
})

afterAll(() => dir.remove())

interface Entry {
  type: string
  mode: number
  text: string
  link: string | null
}

async function read(): Promise<{ entries: Map<string, Entry>; counted: number; size: number }> {
  const rules = await readContextRules(folder, 'Dockerfile')
  let counted = 0
  const packed = await packContext(folder, rules, (done) => (counted = done))
  const entries = new Map<string, Entry>()
  const extract = tar.extract()
  packed.stream.pipe(extract)
  for await (const entry of extract) {
    const chunks: Buffer[] = []
    for await (const chunk of entry) chunks.push(chunk as Buffer)
    const { name, type, mode = 0, linkname, uid } = entry.header
    expect(uid).toBe(0)
    const text = Buffer.concat(chunks).toString('utf8')
    entries.set(name, { type: type ?? '', mode: mode & 0o777, text, link: linkname ?? null })
  }
  return { entries, counted, size: packed.size }
}

describe('a folder to build from', () => {
  it('is packed with its rights and links, without what .dockerignore names', async () => {
    const { entries, counted, size } = await read()
    const names = [...entries.keys()].map((name) => name.replace(/\/$/, '')).sort()
    expect(names).toEqual(
      [
        '.dockerignore',
        'Dockerfile',
        'empty',
        'empty/link',
        'node_modules/deep/keep.js',
        'run.sh',
        '应用.txt',
      ].sort(),
    )
    expect(entries.get('run.sh')).toMatchObject({ type: 'file', mode: 0o755, text: '#!/bin/sh\n' })
    expect(entries.get('empty/link')).toMatchObject({ type: 'symlink', link: '../run.sh' })
    expect(entries.get('应用.txt')?.text).toBe('你好')
    expect(counted).toBe(size)
  })

  it('must have its Dockerfile', async () => {
    const refused = readContextRules(folder, 'deploy/Dockerfile')
    await expect(refused).rejects.toMatchObject({
      code: 'build_no_dockerfile',
      params: { path: 'deploy/Dockerfile', folder: 'app' },
    })
  })

  it('says when a file goes away while it is packed', async () => {
    const gone = join(dir.path, 'gone')
    await mkdir(gone)
    await writeFile(join(gone, 'Dockerfile'), 'FROM scratch\n')
    const rules = await readContextRules(gone, 'Dockerfile')
    const packed = await packContext(join(gone, 'missing'), rules, () => undefined).catch(
      (thrown: unknown) => thrown as LaminaError,
    )
    expect(packed).toMatchObject({ code: 'file_missing' })
  })
})

describe('what docker always sends', () => {
  it('is the Dockerfile and .dockerignore, wherever they lie', () => {
    const rules = contextRules('*\n', 'deploy/Dockerfile.web')
    expect(rules?.ignores('a.txt')).toBe(true)
    expect(rules?.ignores('.dockerignore')).toBe(false)
    expect(rules?.ignores('deploy/Dockerfile.web')).toBe(false)
    expect(rules?.bringsBackBelow('deploy')).toBe(true)
    expect(rules?.bringsBackBelow('src')).toBe(false)
  })

  it('is unknown where a pattern cannot be read', () => {
    expect(contextRules('[', 'Dockerfile')).toBeNull()
  })
})
