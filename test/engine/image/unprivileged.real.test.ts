/**
 * A user without rights loses nothing: what is loaded, copied, committed and saved is byte for byte
 * what came, and what root gets. Owners, modes, devices, setuid and attributes are data here.
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sendOk, type Body } from '../../support/send'
import { startEngineAs, type UserEngine } from '../../support/unprivileged'
import { readTar, sha256 } from '../cli/harness/tar'
import { configOf, dockerArchive } from '../hostile/images'
import { directory, hardlink, source, symlink, tarOf } from '../layer/tars'

/** All that an unprivileged user may not give to a file, below one folder. */
const special = (folder: string) => [
  directory(folder, { mode: 0o2755, uid: 7, gid: 8, mtime: 1_000_000_000 }),
  source(`${folder}/setuid`, { content: 'suid', mode: 0o4755 }),
  source(`${folder}/user`, { content: 'user', uid: 1000, gid: 1001 }),
  source(`${folder}/big`, { content: 'big', uid: 3_000_000_000, gid: 2_097_153 }),
  source(`${folder}/closed`, { content: 'closed', mode: 0, uid: 5 }),
  hardlink(`${folder}/hard`, `${folder}/user`),
  symlink(`${folder}/link`, '/etc/passwd'),
  source(`${folder}/\udcff\udcfe`, { content: 'no text' }),
  source(`${folder}/old`, { content: 'old', mtime: -100_000 }),
  directory(`${folder}/locked`, { mode: 0o500, uid: 9, mtime: 1_000_000_000 }),
  source(`${folder}/locked/in`, { content: 'in it', mode: 0o400, uid: 9 }),
]
const devices = (folder: string) => [
  source(`${folder}/null`, { type: 'char', devMajor: 1, devMinor: 3, mode: 0o666 }),
  source(`${folder}/disk`, { type: 'block', devMajor: 8, devMinor: 1, mode: 0o660, gid: 6 }),
  source(`${folder}/pipe`, { type: 'fifo', mode: 0o622 }),
]
const attributes = (folder: string) => [
  source(`${folder}/capable`, {
    content: 'capable',
    xattrs: new Map([
      ['security.capability', Buffer.from('0100000200200000000000000000000000000000', 'hex')],
      ['user.note', Buffer.from('a note')],
    ]),
  }),
]

let engines: UserEngine[]
beforeAll(async () => {
  const isRoot = process.getuid?.() === 0
  if (!isRoot && process.env.CI === 'true') throw new Error('only root can compare with root')
  if (!isRoot) process.stderr.write('\n*** not root: what root gets is not compared\n\n')
  engines = [await startEngineAs('nobody'), ...(isRoot ? [await startEngineAs('root')] : [])]
})
afterAll(async () => {
  for (const engine of engines) await engine.stop()
})

const asEach = <T>(work: (engine: UserEngine) => Promise<T>): Promise<T[]> =>
  Promise.all(engines.map(work))
const call = (engine: UserEngine, method: string, path: string, body?: Body) =>
  sendOk(engine.socketPath, method, path, body)

/** All of a tar's entries but the times of the folders that a copy touches. */
async function entriesOf(tar: Buffer): Promise<unknown[]> {
  const entries = await readTar(tar)
  return entries.map(({ header, content }) => {
    const { name, type, mode, uid, gid, linkname, devmajor, devminor, pax, mtime } = header
    const isTouched = type === 'directory' && !/special/.test(name)
    const time = isTouched ? null : mtime
    const records = Object.fromEntries(Object.entries(pax ?? {}).filter(([key]) => key !== 'mtime'))
    const data = sha256(content)
    return { name, type, mode, uid, gid, linkname, devmajor, devminor, records, time, data }
  })
}

/** The layers of a saved image, base first. */
async function layersOf(archive: Buffer): Promise<Buffer[]> {
  const files = new Map((await readTar(archive)).map((one) => [one.header.name, one.content]))
  const manifest = files.get('manifest.json')?.toString() ?? ''
  const [{ Layers }] = JSON.parse(manifest) as [{ Layers: string[] }]
  return Layers.map((path) => files.get(path) ?? Buffer.alloc(0))
}

it('runs as whom it says', async () => {
  for (const { root, uid } of engines) expect((await stat(join(root, 'lock'))).uid).toBe(uid)
})

it('keeps the layers of images as they came, byte for byte', async () => {
  const layer = await tarOf([
    ...special('special'),
    ...devices('special'),
    ...attributes('special'),
  ])
  const config = configOf([layer])
  const archive = await dockerArchive({ layers: [layer], config, item: { RepoTags: ['kept:1'] } })
  const saved = await asEach(async (engine) => {
    await call(engine, 'POST', '/images/load?quiet=1', archive)
    await call(engine, 'POST', '/images/create?fromSrc=-&repo=imported&tag=1', layer)
    const { bytes: imported } = await call(engine, 'GET', '/images/imported:1/get')
    expect((await layersOf(imported))[0]?.equals(layer)).toBe(true)
    return (await call(engine, 'GET', '/images/kept:1/get')).bytes
  })
  for (const bytes of saved) {
    expect((await layersOf(bytes))[0]?.equals(layer)).toBe(true)
    expect(bytes.equals(saved[0] as Buffer)).toBe(true)
  }
})

it('copies, commits and exports containers as root does', async () => {
  const base = await tarOf([directory('in'), directory('etc')])
  const given = await tarOf([
    ...special('special'),
    ...devices('special'),
    ...attributes('special'),
  ])
  const results = await asEach(async (engine) => {
    await call(engine, 'POST', '/images/create?fromSrc=-&repo=base&tag=1', base)
    const box = Buffer.from('{"Image":"base:1","Cmd":["sh"]}')
    await call(engine, 'POST', '/containers/create?name=box', box)
    await call(engine, 'PUT', '/containers/box/archive?path=/in', given)
    const out = await call(engine, 'GET', '/containers/box/archive?path=/in/special')
    await call(engine, 'POST', '/commit?container=box&repo=done&tag=1')
    const saved = await call(engine, 'GET', '/images/done:1/get')
    const [, top = Buffer.alloc(0)] = await layersOf(saved.bytes)
    return { out: out.bytes, top: await entriesOf(top) }
  })
  for (const { out, top } of results) {
    expect(await entriesOf(out)).toEqual(await entriesOf(results[0]?.out ?? out))
    expect(top).toEqual(results[0]?.top)
  }
  const names = (results[0]?.top ?? []) as { name: string; mode: number; uid: number }[]
  const find = (name: string) => names.find((one) => one.name === `in/special/${name}`)
  expect(find('setuid')).toMatchObject({ mode: 0o4755 })
  // tar-stream leaves numbers that only fit a PAX header there.
  expect(find('big')).toMatchObject({ records: { uid: '3000000000', gid: '2097153' } })
  expect(find('null')).toMatchObject({ type: 'character-device', devmajor: 1, devminor: 3 })
  expect(find('closed')).toMatchObject({ mode: 0, uid: 5, data: sha256('closed') })
  expect(find('capable')).toMatchObject({ records: { 'SCHILY.xattr.user.note': 'a note' } })
})

it('keeps in volumes what the system does not let it give to files', async () => {
  const base = await tarOf([directory('vol')])
  const given = await tarOf([...special('special'), ...devices('special')])
  const results = await asEach(async (engine) => {
    await call(engine, 'POST', '/images/create?fromSrc=-&repo=volumes&tag=1', base)
    const config = { Image: 'volumes:1', Cmd: ['sh'], HostConfig: { Binds: ['kept:/vol'] } }
    const body = Buffer.from(JSON.stringify(config))
    await call(engine, 'POST', '/containers/create?name=user', body)
    await call(engine, 'PUT', '/containers/user/archive?path=/vol', given)
    const out = await call(engine, 'GET', '/containers/user/archive?path=/vol/special')
    return entriesOf(out.bytes)
  })
  for (const entries of results) expect(entries).toEqual(results[0])
  expect(results[0]).toHaveLength(14)
})

it('says what it may not do, and goes on', async () => {
  const [engine] = engines as [UserEngine]
  const config = { Image: 'base:1', Cmd: ['sh'], HostConfig: { Binds: ['/proc/1:/closed'] } }
  await call(engine, 'POST', '/containers/create?name=bound', Buffer.from(JSON.stringify(config)))
  const path = '/containers/bound/archive?path=/closed'
  const put = sendOk(engine.socketPath, 'PUT', path, await tarOf([source('f', { content: 'x' })]))
  await expect(put).rejects.toThrow(/may not|not permitted|permission|read-only|no such file/i)
  const { text } = await call(engine, 'POST', '/lamina/v1/fsck')
  expect(text).toContain('"problems":[]')
})
