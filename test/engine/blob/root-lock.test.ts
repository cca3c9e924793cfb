import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { rootPaths } from '../../../src/engine/blob/paths'
import { lockRoot } from '../../../src/engine/blob/root-lock'
import { temporaryFolders } from './temporary-root'

const folder = temporaryFolders()

it('is held by one', async () => {
  const paths = rootPaths(await folder())
  const lock = await lockRoot(paths)
  await expect(lockRoot(paths)).rejects.toMatchObject({ code: 'root_locked' })
  await lock.release()
  await (await lockRoot(paths)).release()
})

it('is respected while its owner lives and taken over afterwards', async () => {
  const paths = rootPaths(await folder())
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  const write = (started: string | null) =>
    writeFile(paths.lock, JSON.stringify({ pid: child.pid, started }))
  await write(null)
  await expect(lockRoot(paths)).rejects.toMatchObject({ code: 'root_locked' })
  if (process.platform === 'linux') {
    // The same pid, but another process than the one that took the lock.
    await write('1')
    await (await lockRoot(paths)).release()
    await write(null)
  }
  child.kill('SIGKILL')
  await once(child, 'exit')
  const lock = await lockRoot(paths)
  expect(JSON.parse(await readFile(paths.lock, 'utf8'))).toMatchObject({ pid: process.pid })
  await lock.release()
})

it('takes over a lock that makes no sense', async () => {
  const paths = rootPaths(await folder())
  await writeFile(paths.lock, '{"pid":')
  await (await lockRoot(paths)).release()
})
