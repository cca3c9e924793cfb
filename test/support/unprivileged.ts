import { existsSync } from 'node:fs'
import { chown, copyFile, cp, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ENGINE_ENTRY } from './engine'
import { PROJECT } from './project'
import { startService, type Service } from './child'
import { run } from './run'
import { tempDir, waitFor } from './temp'
import { send } from './send'

/** Nobody: a user without rights that every Linux has. */
const NOBODY = 65_534

export interface UserEngine {
  socketPath: string
  root: string
  /** Who it runs as. */
  uid: number
  stop(): Promise<void>
}

/**
 * Starts the engine as a user without rights (nobody; whoever runs the tests, when that is not
 * root), or as root. The build is copied to a folder that this user can read.
 */
export async function startEngineAs(uid: 'nobody' | 'root'): Promise<UserEngine> {
  const isRoot = process.getuid?.() === 0
  if (uid === 'root' && !isRoot) throw new Error('only root starts an engine as root')
  const dir = await tempDir('lamu')
  const root = join(dir.path, 'root')
  const socketPath = join(dir.path, 'e.sock')
  const entry = await copyEngine(join(dir.path, 'bundle'))
  let command = [process.execPath]
  if (uid === 'nobody' && isRoot) {
    await chown(dir.path, NOBODY, NOBODY)
    const user = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--pdeathsig', 'TERM']
    const seen = await run('setpriv', [...user, '--', process.execPath, '--version'])
    const node = join(dir.path, 'node')
    if (seen.code !== 0) await copyFile(process.execPath, node)
    command = ['setpriv', ...user, '--', seen.code === 0 ? process.execPath : node]
  }
  const args = [...command.slice(1), entry, '--root', root, '--host', `unix://${socketPath}`]
  const service: Service = await startService(command[0] as string, args, {
    cwd: dir.path,
    env: { HOME: dir.path },
  })
  const stop = async (): Promise<void> => {
    await service.stop()
    await dir.remove()
  }
  try {
    await waitFor('engine', async () => {
      if (!service.isRunning()) return true
      return (await send(socketPath, 'GET', '/_ping')).status === 200
    })
    if (!service.isRunning()) throw new Error('the engine ended at once')
  } catch (cause) {
    const log = service.log()
    await stop()
    throw new Error(`the engine did not come up as ${uid}:\n${log}`, { cause })
  }
  return { socketPath, root, uid: uid === 'nobody' && isRoot ? NOBODY : 0, stop }
}

/**
 * The built engine with the packages that it loads: copies, for the project may lie in a folder that
 * nobody else can enter (/root).
 */
async function copyEngine(folder: string): Promise<string> {
  await cp(dirname(ENGINE_ENTRY), folder, { recursive: true })
  const lock = await readFile(join(PROJECT, 'package-lock.json'), 'utf8')
  const { packages } = JSON.parse(lock) as { packages: Record<string, { dev?: boolean }> }
  const loaded = Object.keys(packages).filter(
    (path) => path !== '' && !packages[path]?.dev && existsSync(join(PROJECT, path)),
  )
  for (const path of loaded) {
    await cp(join(PROJECT, path), join(folder, path), { recursive: true, dereference: true })
  }
  return join(folder, basename(ENGINE_ENTRY))
}
