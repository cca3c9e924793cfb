/** The engine that hostile bytes are sent to, and what must not happen to the machine around it. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { startEngine, type TestEngine } from '../../support/engine'
import { send as sendTo, sendOk, type Answer, type Body } from '../../support/send'
import { loopDisk } from '../../support/loop-disk'
import { makeTar, readTar } from '../cli/harness/tar'
import { dockerArchive } from './images'

/** MiB of the file system that the root lies on. */
const DISK = 256

/** Under this name hostile paths write outside, when they can. */
export const PWNED = 'lamina-was-here'

export interface HostileHost {
  engine: TestEngine
  /** Folder around the root, with a file `secret` that nobody may read. */
  around: string
  /** What stands in that file. */
  secret: string
  send(method: string, path: string, body?: Body): Promise<Answer>
  /** Files of an image by path, as `docker export` of a container gives them. */
  exported(image: string): Promise<Map<string, string>>
  /** Throws unless the store is whole, nothing around it has changed, and it still works. */
  checkHealth(): Promise<void>
  /** Peak of the engine's resident memory, MB (10^6). */
  peakMemory(): Promise<number>
  stop(): Promise<void>
}

const fsckLine = z.looseObject({
  report: z.looseObject({ problems: z.array(z.unknown()), images: z.number() }),
})
const named = z.array(z.looseObject({ Id: z.string() }))

export async function startHost(): Promise<HostileHost> {
  const disk = await loopDisk(DISK)
  const around = join(disk.path, 'around')
  const root = join(around, 'deep', 'root')
  await mkdir(join(around, 'deep'), { recursive: true })
  const secret = `secret-${randomBytes(8).toString('hex')}`
  await writeFile(join(around, 'secret'), secret, { mode: 0o600 })
  const engine = await startEngine({ root, args: ['--insecure-registry', '127.0.0.1'] })
  const send: HostileHost['send'] = (method, path, body) =>
    sendTo(engine.socketPath, method, path, body)
  const motd = 'welcome\n'
  const layers = [await makeTar([{ name: 'etc/' }, { name: 'etc/motd', content: motd }])]
  const good = await dockerArchive({ layers, item: { RepoTags: ['good:1'] } })
  const expectOk: HostileHost['send'] = (method, path, body) =>
    sendOk(engine.socketPath, method, path, body)
  const exported: HostileHost['exported'] = async (image) => {
    const config = Buffer.from(JSON.stringify({ Image: image, Cmd: ['sh'] }))
    const made = await expectOk('POST', '/containers/create', config)
    const { Id } = z.looseObject({ Id: z.string() }).parse(JSON.parse(made.text))
    const tar = await expectOk('GET', `/containers/${Id}/export`)
    await expectOk('DELETE', `/containers/${Id}`)
    const entries = await readTar(tar.bytes)
    return new Map(
      entries.map(({ header, content }) => [
        header.name.replace(/\/$/, ''),
        header.type === 'file' ? content.toString() : `${header.type} ${header.linkname ?? ''}`,
      ]),
    )
  }
  const removeAll = async (): Promise<void> => {
    const containers = named.parse(JSON.parse((await send('GET', '/containers/json?all=1')).text))
    for (const { Id } of containers) await expectOk('DELETE', `/containers/${Id}?v=1`)
    const images = named.parse(JSON.parse((await send('GET', '/images/json?all=1')).text))
    // Those that others are built on go with these.
    for (const { Id } of images) await send('DELETE', `/images/${Id}?force=1`)
    await send('DELETE', '/volumes/hostile?force=1')
    await expectOk('POST', '/lamina/v1/gc')
  }
  const before = await namesAround(around)
  return {
    engine,
    around,
    secret,
    send,
    exported,
    checkHealth: async () => {
      await removeAll()
      await expectOk('POST', '/images/load?quiet=1', good)
      if ((await exported('good:1')).get('etc/motd') !== motd) {
        throw new Error('the good image has lost its file')
      }
      const lines = (await expectOk('POST', '/lamina/v1/fsck')).text.trim().split('\n')
      const { report } = fsckLine.parse(JSON.parse(lines.at(-1) ?? ''))
      if (report.problems.length > 0) throw new Error(`fsck: ${JSON.stringify(report.problems)}`)
      if (report.images !== 1) throw new Error(`${report.images} images, not the good one alone`)
      const left = await readdir(join(root, 'ingest'))
      if (left.length > 0) throw new Error(`left in ingest: ${left.join(' ')}`)
      const after = await namesAround(around)
      if (after.join() !== before.join()) throw new Error(`written around: ${after.join()}`)
      if ((await readFile(join(around, 'secret'), 'utf8')) !== secret) {
        throw new Error('the file around the root was changed')
      }
    },
    peakMemory: async () => {
      const status = await readFile(`/proc/${engine.pid}/status`, 'utf8')
      return (Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6
    },
    stop: async () => {
      await engine.stop()
      await disk.remove()
    },
  }
}

/** What lies around the root, and whether anything was written where hostile paths may lead. */
async function namesAround(around: string): Promise<string[]> {
  const own = [around, join(around, 'deep'), join(around, '..')]
  const names = await Promise.all(own.map((folder) => readdir(folder)))
  const strange = ['/', '/etc', '/tmp', '/root'].map((folder) => join(folder, PWNED))
  return [...names.map((list) => list.sort().join(' ')), ...strange.filter(existsSync)]
}
