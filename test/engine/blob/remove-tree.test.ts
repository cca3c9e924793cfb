import { mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { removeTree } from '../../../src/engine/blob/remove-tree'
import { temporaryFolders } from './temporary-root'

const newFolder = temporaryFolders()

it('removes folders whose paths are longer than the system opens', async () => {
  const folder = await newFolder()
  const short = join(folder, 's')
  // Made under a short name, and then moved under a long one.
  let deep = short
  while (deep.length < 4000) deep = join(deep, 'd'.repeat(40))
  await mkdir(deep, { recursive: true })
  await writeFile(join(deep, 'f'), 'x')
  const long = join(folder, 'l'.repeat(200))
  await rename(short, long)
  await removeTree(long)
  expect(await readdir(folder)).toEqual([])
  await removeTree(long)
})
