import { chmod, mkdir, rm, stat, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { prepareHost } from '../../../src/main/services/engine-process'
import { tempDir, type TempDir } from '../../support/temp'

let dir: TempDir
let folder: string

beforeEach(async () => {
  dir = await tempDir()
  folder = dirname((await prepareHost(dir.path)).replace('unix://', ''))
  await rm(folder, { recursive: true })
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
  await dir.remove()
})

describe('the socket’s folder', () => {
  it('is for this user only, and its path is short however long the home is', async () => {
    const home = join(dir.path, 'x'.repeat(200))
    const host = await prepareHost(home)
    expect(host.length).toBeLessThan(100)
    const own = dirname(host.replace('unix://', ''))
    expect((await stat(own)).mode & 0o777).toBe(0o700)
    expect(await prepareHost(home)).toBe(host)
    expect(await prepareHost(`${home}y`)).not.toBe(host)
    await rm(own, { recursive: true })
    await rm(dirname((await prepareHost(`${home}y`)).replace('unix://', '')), { recursive: true })
  })

  it('is refused where others may enter it', async () => {
    await mkdir(folder)
    await chmod(folder, 0o755)
    await expect(prepareHost(dir.path)).rejects.toMatchObject({ code: 'permission_denied' })
  })

  it('is refused where somebody has put a link', async () => {
    await symlink(dir.path, folder)
    await expect(prepareHost(dir.path)).rejects.toMatchObject({ code: 'permission_denied' })
  })

  it('is a pipe on Windows', async () => {
    expect(await prepareHost('C:\\Users\\me', 'win32')).toMatch(/^npipe:\/\/\/\/\.\/pipe\/lamina-/)
  })
})
