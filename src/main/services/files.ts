/**
 * Files that the user chose. The renderer sees handles; the paths stay here. In Electron a handle
 * stands for a path of a native dialog; in the browser mode for an upload, or for what a task
 * writes to be downloaded, both in `transfers/PID/` of the home folder until the app ends.
 */
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Handlers } from '@shared/contract'
import { LaminaError } from '@shared/errors'
import type { FileHandle } from '@shared/models'
import { fileError } from './file-errors'
import type { Dialogs } from './platform'

export class FilesService {
  private readonly paths = new Map<string, string>()
  private readonly transfers: string

  constructor(
    home: string,
    private readonly dialogs: Dialogs | null,
  ) {
    this.transfers = join(home, 'transfers', String(process.pid))
  }

  /** Removes what runs before this one left when they crashed. */
  async start(): Promise<void> {
    const all = dirname(this.transfers)
    for (const run of await readdir(all).catch(() => [])) {
      if (!isRunning(Number(run))) await rm(join(all, run), { recursive: true, force: true })
    }
  }

  /** Path of a handle. */
  path(handle: string): string {
    const path = this.paths.get(handle)
    if (path === undefined) throw new LaminaError('file_missing', { path: handle })
    return path
  }

  /** A handle for a file that exists, or (size null) for a folder and for what a task will write. */
  async handle(path: string): Promise<FileHandle> {
    const size = await stat(path).then(
      (found) => (found.isFile() ? found.size : null),
      () => null,
    )
    return { id: this.remember(path), name: basename(path), size }
  }

  /** Keeps an upload of the browser; a broken one leaves nothing. */
  async upload(name: string, body: Readable): Promise<FileHandle> {
    const path = await this.place(name)
    try {
      await pipeline(body, createWriteStream(path, { flags: 'wx' }))
    } catch (thrown) {
      await rm(join(path, '..'), { recursive: true, force: true })
      throw fileError(thrown, path)
    }
    return this.handle(path)
  }

  /** Forgets every handle and removes the browser's files. */
  async close(): Promise<void> {
    this.paths.clear()
    await rm(this.transfers, { recursive: true, force: true })
  }

  handlers(): Pick<Handlers, 'files.open' | 'files.save'> {
    return {
      'files.open': async ({ purpose, multiple }) => {
        const paths = (await this.dialogs?.open(purpose, multiple)) ?? []
        return Promise.all(paths.map((path) => this.handle(path)))
      },
      'files.save': async ({ name }) => {
        if (this.dialogs === null) return this.handle(await this.place(name))
        const path = await this.dialogs.save(safeName(name))
        return path === null ? null : this.handle(path)
      },
    }
  }

  /** A path of its own for a name that came from outside. */
  private async place(name: string): Promise<string> {
    const folder = join(this.transfers, randomUUID())
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
    } catch (thrown) {
      throw fileError(thrown, folder)
    }
    return join(folder, safeName(name))
  }

  private remember(path: string): string {
    const id = randomUUID()
    this.paths.set(id, path)
    return id
  }
}

function isRunning(pid: number): boolean {
  try {
    return pid !== process.pid && process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Characters that Windows refuses in a name, separators, and what does not print. */
const UNSAFE = /[<>:"/\\|?*\u0000-\u001f\u007f]/g

/** The last part of a name, without what a file name may not have. */
export function safeName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) as string
  const safe = last.replace(UNSAFE, '_').replace(/^\.+|[. ]+$/g, '')
  return (
    Buffer.from(safe)
      .subarray(0, 200)
      .toString('utf8')
      .replace(/\uFFFD+$/, '') || 'file'
  )
}
