/**
 * Runs in a process of its own that is killed at any moment: builds without end, and says when an
 * image has its name. `node crash-worker.mjs ROOT SEED`
 */
import { buildImage } from '../../../src/engine/build/builder'
import { NoRuntime } from '../../../src/engine/container/runtime'
import { openStore } from '../../../src/engine/image/store'
import { makeTar } from '../cli/harness/tar'

const [root, seed] = [process.argv[2] as string, Number(process.argv[3])]
let state = seed
const random = (below: number) => {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
  return (state >>> 8) % below
}
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)

const store = await openStore(root)
const inner = await makeTar([{ name: 'in', content: Buffer.alloc(300_000, 'in') }])
say({ ready: true })
for (;;) {
  const name = `app:${random(4)}`
  const lines = [
    'FROM scratch AS one',
    `COPY a /${random(5)}/`,
    'ADD inner.tar /inner',
    `WORKDIR /w/${random(5)}`,
    `ENV N=${random(5)}`,
    'FROM one',
    'COPY --from=one /inner /copied',
    `LABEL n=${random(1000)}`,
  ]
  const tar = await makeTar([
    { name: 'Dockerfile', content: lines.join('\n') },
    { name: 'a', content: Buffer.alloc(random(2e6), random(256)) },
    { name: 'inner.tar', content: inner },
  ])
  say({ begin: name })
  const context = (async function* () {
    for (let at = 0; at < tar.length; at += 65_536) yield tar.subarray(at, at + 65_536)
  })()
  const silent = async () => undefined
  const id = await buildImage(store, context, {
    dockerfile: '',
    buildArgs: new Map(),
    labels: new Map(),
    target: '',
    noCache: random(2) === 0,
    keepsContainers: false,
    platformSpec: '',
    platform: { os: 'linux', architecture: 'amd64' },
    print: silent,
    warn: silent,
    built: silent,
    pull: silent,
    pullAlways: false,
    runtime: new NoRuntime(),
  })
  await store.images.tag(id, name)
  say({ done: name, id })
  if (random(4) === 0) await store.gc()
}
