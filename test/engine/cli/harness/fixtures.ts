import { makeTar, sha256, type TarEntry } from './tar'

/** Inputs that every case may use: the same bytes on both sides, made once. */
export interface Fixtures {
  /** docker-archives: `base` (base:1), `app` (app:1, app:latest), `other` (other:1), `plain`. */
  archives: Record<ArchiveName, Buffer>
  /** A root file system for `docker import`. */
  rootfs: Buffer
  /** Another, smaller one. */
  smallRootfs: Buffer
  /** Image ids (hex), so that a case need not type or ask for them. */
  ids: Record<ArchiveName, string>
  /** The archive of one image, changed on the way. */
  repack(name: ArchiveName, changes: Repack): Promise<Buffer>
  /** All digests that follow from these bytes. */
  stable: Set<string>
}

export type ArchiveName = 'base' | 'app' | 'other' | 'plain'

export interface Repack {
  /** Other bytes for every layer; the config keeps the old diffIDs. */
  layer?: (layer: Buffer) => Buffer
  config?: (text: string) => string
  /** So many layers fewer, from the top. */
  drop?: number
}

interface MadeImage {
  tags: string[] | null
  layers: Buffer[]
  config: Buffer
}

const TOOL = Buffer.alloc(3000, 'tool ')
const BASE: TarEntry[] = [
  { name: 'bin/' },
  { name: 'bin/tool', content: TOOL, mode: 0o755 },
  { name: 'bin/link', type: 'symlink', linkname: 'tool' },
  { name: 'bin/hard', type: 'link', linkname: 'bin/tool', mode: 0o755 },
  { name: 'bin/setuid', content: 'suid\n', mode: 0o4755 },
  { name: 'data/', uid: 1000, gid: 1000 },
  { name: 'data/one.txt', content: 'one\n', uid: 1000, gid: 1000, mode: 0o640 },
  { name: 'data/sub/', uid: 1000, gid: 1000, mode: 0o700 },
  { name: 'data/sub/two.txt', content: 'two\n', uid: 1000, gid: 1001 },
  { name: 'data/up', type: 'symlink', linkname: '../etc' },
  { name: 'etc/' },
  { name: 'etc/motd', content: 'welcome\n' },
  { name: 'etc/passwd', content: 'root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home:/bin/sh\n' },
  { name: 'etc/group', content: 'root:x:0:\nuser:x:1000:\nstaff:x:50:user\n' },
  { name: 'opt/' },
  { name: 'opt/old/' },
  { name: 'opt/old/file', content: 'old\n' },
  { name: 'opt/keep', content: '' },
  { name: 'tmp/', mode: 0o1777 },
]
const CHANGE: TarEntry[] = [
  { name: 'etc/' },
  { name: 'etc/motd', content: 'changed\n' },
  { name: 'opt/' },
  { name: 'opt/.wh.old', content: '' },
  { name: 'srv/' },
  { name: 'srv/new.txt', content: 'new\n', uid: 33, gid: 33 },
]
const MORE: TarEntry[] = [
  { name: 'data/', uid: 1000, gid: 1000 },
  { name: 'data/three.txt', content: 'three\n', uid: 1000, gid: 1000 },
]

export async function makeFixtures(): Promise<Fixtures> {
  const [base, change, more] = await Promise.all([makeTar(BASE), makeTar(CHANGE), makeTar(MORE)])
  const [small, note, rootfs] = await Promise.all([
    makeTar([{ name: 'hello', content: 'hello\n' }]),
    makeTar([{ name: 'note', content: 'a note\n' }]),
    makeTar([...BASE, { name: 'home/' }, { name: 'home/note', content: 'note\n' }]),
  ])
  const images: Record<ArchiveName, MadeImage> = {
    base: image(['base:1'], [base], 2021, {
      Cmd: ['/bin/tool'],
      Env: ['PATH=/bin'],
      Labels: { stage: 'base' },
    }),
    app: image(['app:1', 'app:latest'], [base, change, more], 2022, {
      Cmd: ['serve'],
      Entrypoint: ['/bin/tool', '-x'],
      Env: ['PATH=/bin', 'MODE=test'],
      ExposedPorts: { '80/tcp': {}, '53/udp': {} },
      Healthcheck: { Test: ['CMD', '/bin/tool'], Interval: 5e9, Retries: 2 },
      Labels: { stage: 'app', team: 'lab' },
      StopSignal: 'SIGINT',
      User: 'user',
      Volumes: { '/data': {} },
      WorkingDir: '/srv',
    }),
    other: image(['other:1'], [small], 2020, { Labels: { team: 'lab' } }),
    plain: image(null, [small, note], 2019, { Cmd: ['/hello'] }),
  }
  const stable = new Set([small, note, rootfs, base, change, more].map(sha256))
  for (const made of Object.values(images)) stable.add(sha256(made.config))
  const names = Object.keys(images) as ArchiveName[]
  const archives = await Promise.all(names.map((name) => dockerArchive([images[name]])))
  return {
    archives: Object.fromEntries(names.map((name, i) => [name, archives[i]])) as Record<
      ArchiveName,
      Buffer
    >,
    rootfs,
    smallRootfs: small,
    ids: Object.fromEntries(names.map((n) => [n, sha256(images[n].config)])) as Record<
      ArchiveName,
      string
    >,
    repack: (name, changes) => dockerArchive([repacked(images[name], changes)]),
    stable,
  }
}

function repacked(from: MadeImage, { layer, config, drop = 0 }: Repack): MadeImage {
  const kept = from.layers.slice(0, from.layers.length - drop)
  return {
    tags: from.tags,
    layers: layer ? kept.map(layer) : kept,
    config: config ? Buffer.from(config(from.config.toString())) : from.config,
  }
}

function image(
  tags: string[] | null,
  layers: Buffer[],
  year: number,
  config: Record<string, unknown>,
): MadeImage {
  const created = (month: number): string => `${year}-0${month}-02T03:04:05Z`
  const history = layers.map((_, i) => ({
    created: created(i + 1),
    created_by: `/bin/sh -c #(nop) ADD file:${i + 1} in / `,
  }))
  const json = {
    architecture: 'amd64',
    author: 'Mei <mei@example.org>',
    config,
    created: created(9),
    docker_version: '20.10.24',
    history: [
      ...history,
      { created: created(9), created_by: '/bin/sh -c #(nop)  CMD', empty_layer: true },
    ],
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => `sha256:${sha256(layer)}`) },
  }
  return { tags, layers, config: Buffer.from(JSON.stringify(json)) }
}

async function dockerArchive(images: MadeImage[]): Promise<Buffer> {
  const files = new Map<string, Buffer>()
  const manifest = images.map(({ tags, layers, config }) => {
    const name = `${sha256(config)}.json`
    files.set(name, config)
    const paths = layers.map((layer) => {
      const path = `${sha256(layer)}/layer.tar`
      files.set(path, layer)
      return path
    })
    return { Config: name, RepoTags: tags, Layers: paths }
  })
  files.set('manifest.json', Buffer.from(JSON.stringify(manifest)))
  return makeTar([...files].map(([name, content]) => ({ name, content })))
}
