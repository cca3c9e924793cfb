/** Archives to and from dockerd and skopeo: the same image ids, diffIDs and files. */
import { createReadStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadArchive } from '../../../src/engine/image/load'
import { saveArchive } from '../../../src/engine/image/save'
import type { Store } from '../../../src/engine/image/types'
import { validateImage } from '../../../src/engine/image/validate'
import { sharedDaemon } from '../../support/daemon'
import { busyboxRootfs } from '../../support/rootfs'
import { runOk } from '../../support/run'
import { tempDir, type TempDir } from '../../support/temp'
import { makeImage, PLATFORM, stores, collect } from './stores'
import { directory, hardlink, opaque, source, symlink, whiteout } from '../layer/tars'
import { listTar, listTree } from './trees'

const newStore = stores()
const { docker, dockerOk } = sharedDaemon()
const BASE = 'lamina-h1-base:1'
const CHANGED = 'lamina-h1-changed:1'
const OURS = 'lamina-h1-ours:1'

/** Everything that a layer can hold and an ordinary container may make. */
const CHANGES = `set -e
cd /
mkdir -p work/deep/er 'with space' keep/sub
echo one > work/one; ln work/one work/two; ln -s ../work/one work/soft
echo é > 'work/文件'; : > work/empty; chmod 4755 work/one; chown 1000:70000 work/empty
touch -d '1969-07-20 20:17:40' work/empty
dd if=/dev/zero of=work/sparse bs=1 count=1 seek=5000000 2>/dev/null
mkfifo work/pipe
rm -r root; mkdir root; echo new > root/new
rm bin/touch; rm -r tmp; echo file > tmp
`
/** What dockerd makes in every container. */
const runtime = (path: string) =>
  /^(?:dev|proc|sys)(?:\/|$)|^\.dockerenv$|^etc(?:$|\/(?:hostname|hosts|resolv\.conf|mtab)$)/.test(
    path,
  )

let temp: TempDir
beforeAll(async () => {
  temp = await tempDir('lamina-h1')
  await dockerOk(['import', '--change', 'CMD ["sh"]', await busyboxRootfs(), BASE])
  await dockerOk(['run', '--name', 'lamina-h1', '--network', 'host', BASE, 'sh', '-c', CHANGES])
  await dockerOk(['commit', '-m', 'changes', 'lamina-h1', CHANGED])
})
afterAll(async () => {
  await docker(['rm', '-f', 'lamina-h1'])
  await docker(['rmi', '-f', CHANGED, BASE, OURS])
  await temp.remove()
})

const inspect = async (name: string, format: string) =>
  (await dockerOk(['image', 'inspect', '--format', format, name])).trim()

async function loadFile(store: Store, file: string) {
  return loadArchive(store, createReadStream(file), { name: file, platform: PLATFORM })
}

async function saveFile(store: Store, names: string[], file: string): Promise<string> {
  const path = join(temp.path, file)
  await writeFile(path, await collect(await saveArchive(store, names)))
  return path
}

describe('dockerd', () => {
  it('saves what we load, and loads what we save, to the same image', async () => {
    const archive = join(temp.path, 'dockerd.tar')
    await dockerOk(['save', '-o', archive, CHANGED, BASE])
    const store = await newStore()
    const loaded = await loadFile(store, archive)
    expect(loaded.flatMap(({ references }) => references).sort()).toEqual([BASE, CHANGED])
    for (const name of [BASE, CHANGED]) {
      const image = store.images.resolve(name)
      expect(image.id).toBe(await inspect(name, '{{.Id}}'))
      expect(JSON.stringify(image.diffIds)).toBe(await inspect(name, '{{json .RootFS.Layers}}'))
      expect(String(image.size)).toBe(await inspect(name, '{{.Size}}'))
      expect(await validateImage(await store.images.image(image.id))).toEqual([])
    }
    const ours = await saveFile(store, [CHANGED, BASE], 'ours.tar')
    const id = await inspect(CHANGED, '{{.Id}}')
    const layers = await inspect(CHANGED, '{{json .RootFS.Layers}}')
    await dockerOk(['rm', '-f', 'lamina-h1'])
    await dockerOk(['rmi', '-f', CHANGED, BASE])
    expect(await dockerOk(['load', '-i', ours])).toContain(`Loaded image: ${CHANGED}`)
    expect(await inspect(CHANGED, '{{.Id}}')).toBe(id)
    expect(await inspect(CHANGED, '{{json .RootFS.Layers}}')).toBe(layers)
    const run = ['run', '--rm', '--network', 'host', CHANGED, 'cat', '/root/new', '/work/文件']
    expect(await dockerOk(run)).toBe('new\né')
    expect((await store.fsck()).problems).toEqual([])
  })

  it('shows the files that we show', async () => {
    const store = await newStore()
    const archive = join(temp.path, 'files.tar')
    await dockerOk(['save', '-o', archive, CHANGED])
    await loadFile(store, archive)
    const { diffIds } = store.images.resolve(CHANGED)
    const exported = join(temp.path, 'export.tar')
    const container = (await dockerOk(['create', CHANGED])).trim()
    await dockerOk(['export', '-o', exported, container])
    await dockerOk(['rm', container])
    const tree = await store.layers.union(diffIds)
    expect(listTree(tree, runtime)).toEqual(listTar(await readFile(exported), runtime))
  })

  it('shows the files of layers that we build as we show them', async () => {
    const store = await newStore()
    const image = await makeImage(
      store,
      [
        [
          directory('d', { mode: 0o1777, uid: 70_000 }),
          source('d/gone', { content: 'x' }),
          source('d/kept', { content: 'kept', mtime: -5000, mode: 0o6711, gid: 3_000_000_000 }),
          directory('o'),
          source('o/old', { content: 'old' }),
          source('was-file', { content: '1' }),
          directory('was-dir'),
          source('was-dir/in', { content: '2' }),
          source(`${'long/'.repeat(60)}end`, { content: 'deep' }),
        ],
        [
          // dockerd forgets what a folder was like that a later layer only implies.
          directory('d', { mode: 0o1777, uid: 70_000 }),
          whiteout('d/gone'),
          directory('o'),
          opaque('o'),
          source('o/new', { content: 'new' }),
          directory('was-file'),
          source('was-file/now', { content: '3' }),
          source('was-dir', { content: '4' }),
          source('文件\udcff', { content: 'no UTF-8' }),
          hardlink('twice', 'o/new'),
          symlink('soft', '../../../etc/passwd'),
          source('null', { type: 'char', devMajor: 1, devMinor: 3 }),
          source('sparse', {
            content: 'A'.repeat(512),
            size: 3_000_000,
            sparse: [{ offset: 1_000_000, length: 512 }],
          }),
        ],
      ],
      [OURS],
    )
    await dockerOk(['load', '-i', await saveFile(store, [OURS], 'built.tar')])
    expect(await inspect(OURS, '{{.Id}}')).toBe(image.id)
    const exported = join(temp.path, 'built-export.tar')
    const container = (await dockerOk(['create', OURS])).trim()
    await dockerOk(['export', '-o', exported, container])
    await dockerOk(['rm', container])
    const tree = await store.layers.union(image.diffIds)
    expect(listTree(tree, runtime)).toEqual(listTar(await readFile(exported), runtime))
  })
})

describe('skopeo', () => {
  const copy = (...args: string[]) => runOk('skopeo', ['--insecure-policy', 'copy', ...args])

  it('copies from our archive, read either way, and to archives that we read', async () => {
    const store = await newStore()
    const archive = join(temp.path, 'skopeo.tar')
    await dockerOk(['save', '-o', archive, CHANGED])
    await loadFile(store, archive)
    const { id, diffIds } = store.images.resolve(CHANGED)
    const ours = await saveFile(store, [CHANGED], 'for-skopeo.tar')
    const targets = [
      ['docker-archive:', 'docker.tar', `:${CHANGED}`],
      ['oci-archive:', 'oci.tar', `:${CHANGED}`],
    ] as const
    for (const from of [`docker-archive:${ours}`, `oci-archive:${ours}`]) {
      for (const [kind, file, name] of targets) {
        for (const format of ['gzip', 'zstd']) {
          if (kind === 'docker-archive:' && format === 'zstd') continue
          const path = join(temp.path, `${format}-${file}`)
          await runOk('rm', ['-f', path])
          await copy('--dest-compress-format', format, from, `${kind}${path}${name}`)
          const target = await newStore()
          const [loaded] = await loadFile(target, path)
          const image = target.images.get(loaded?.id ?? id)
          expect(image?.diffIds).toEqual(diffIds)
          // skopeo writes the config anew between Docker's formats and OCI's.
          if (from.split(':')[0] === kind.split(':')[0]) expect(image?.id).toBe(id)
          expect(loaded?.references).toEqual([CHANGED])
          expect(await validateImage(await target.images.image(loaded?.id ?? id))).toEqual([])
        }
      }
    }
  })
})
