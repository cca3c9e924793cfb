/**
 * Runs in a process of its own that is killed at any moment: changes a store without end and says
 * before and after each change what it does. `node crash-worker.mjs ROOT SEED`
 */
import { gzipSync } from 'node:zlib'
import { loadArchive } from '../../../src/engine/image/load'
import { saveArchive } from '../../../src/engine/image/save'
import { openStore } from '../../../src/engine/image/store'
import type { LayerSource } from '../../../src/engine/layer/types'
import type { Digest } from '../../../src/engine/oci/digest'

const [root, seed] = [process.argv[2] as string, Number(process.argv[3])]
let state = seed
const random = (below: number) => {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
  return (state >>> 8) % below
}
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)

function file(path: string, size: number): LayerSource {
  const content = Buffer.alloc(size, random(256))
  return {
    entry: {
      path,
      type: 'file',
      mode: 0o644,
      uid: 0,
      gid: 0,
      size,
      mtime: 0,
      mtimeNsec: 0,
      linkname: '',
      devMajor: 0,
      devMinor: 0,
      xattrs: null,
      offset: 0,
      stored: size,
      sparse: null,
      whiteout: null,
    },
    content,
  }
}

const store = await openStore(root)
const names = Array.from({ length: 6 }, (_, at) => `app:${at}`)
const held = (name: string) =>
  store.images.list().find(({ tags }) => tags.includes(`docker.io/library/${name}`))

async function commit(name: string): Promise<void> {
  const lease = store.blobs.lease()
  const below = store.images.list()[0]?.diffIds.slice(0, 3) ?? []
  const layer = await store.layers.build([file('small', random(999)), file('big', random(3e6))], {
    lease,
  })
  const diffIds = [...below, layer.diffId]
  const rawConfig = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      created: new Date(random(1e9)).toISOString(),
      rootfs: { type: 'layers', diff_ids: diffIds },
    }),
  )
  const { id } = await store.images.create({ rawConfig })
  await store.images.tag(id, name)
  lease.release()
  say({ done: 'name', name, id })
}

async function roundTrip(name: string): Promise<void> {
  const image = held(name)
  if (!image) return
  const chunks: Buffer[] = []
  for await (const chunk of await saveArchive(store, [name])) chunks.push(Buffer.from(chunk))
  await store.images.remove(name, { force: true })
  say({ done: 'unname', name })
  say({ begin: name })
  const archive =
    random(2) === 0 ? gzipSync(Buffer.concat(chunks), { level: 1 }) : Buffer.concat(chunks)
  const stream = (async function* () {
    for (let at = 0; at < archive.length; at += 100_000) yield archive.subarray(at, at + 100_000)
  })()
  const platform = { os: 'linux', architecture: 'amd64' }
  await loadArchive(store, stream, { name: 'it', platform })
  say({ done: 'name', name, id: image.id })
}

async function pack(): Promise<void> {
  const diffIds: Digest[] = store.images.list().flatMap(({ diffIds: all }) => all)
  const diffId = diffIds[random(diffIds.length || 1)]
  if (diffId) await store.layers.compressed(diffId)
}

say({ ready: true })
for (;;) {
  const name = names[random(names.length)] as string
  say({ begin: name })
  const choice = random(10)
  if (choice < 4) await commit(name)
  else if (choice < 7) await roundTrip(name)
  else if (choice < 8 && held(name)) {
    await store.images.remove(name)
    say({ done: 'unname', name })
  } else if (choice < 9) await pack()
  else await store.gc()
  say({ end: name })
}
