import { z } from 'zod'
import { area } from '../harness/area'
import type { RegistryKind } from '../harness/side'
import type { Case } from '../harness/transcript'

/** Progress lines come in an order of chance, and sizes on the wire are the compressor's. */
const PROGRESS = { out: 'sorted', finals: true } as const

/** What the registry has under a name, asked without any engine: the config and the layers. */
async function noteManifest(c: Case, kind: RegistryKind, name: string, tag: string): Promise<void> {
  const accept = 'application/vnd.docker.distribution.manifest.v2+json'
  const answer = await c.side.registries[kind].request(`/v2/${name}/manifests/${tag}`, {
    headers: { accept },
    ...(kind === 'basic' ? { login: 'mei:secret' } : {}),
  })
  const manifest = z
    .looseObject({ config: z.looseObject({}), layers: z.array(z.looseObject({})) })
    .parse(JSON.parse(answer.body))
  const digest = manifest.config.digest
  c.note('manifest', {
    type: answer.headers['content-type'],
    config: { mediaType: manifest.config.mediaType, digest, size: manifest.config.size },
    layers: manifest.layers.map((layer) => layer.mediaType),
    // Its spaces and its order; what the compressor makes is left out.
    written: answer.body.replace(/(?<="size": ?)\d+|sha256:[0-9a-f]+/g, ''),
  })
}

export const registries = area('registry', (check) => {
  check('push, remove, pull by tag', async (c) => {
    await c.load('app')
    const name = `${c.registry('open')}/lab/app`
    await c.docker(`tag app:1 ${name}:1`)
    await c.record(PROGRESS, `push ${name}:1`)
    await noteManifest(c, 'open', 'lab/app', '1')
    await c.record({ out: 'sorted' }, `rmi ${name}:1 app:1 app:latest`)
    await c.record(PROGRESS, `pull ${name}:1`)
    await c.docker('images --no-trunc')
    await c.docker('image inspect -f', '{{.Id}} {{.RepoDigests}} {{.RootFS.Layers}}', `${name}:1`)
  })

  check('push and pull again: nothing to do', async (c) => {
    await c.load('base')
    const name = `${c.registry('open')}/lab/base:1`
    await c.docker(`tag base:1 ${name}`)
    await c.record(PROGRESS, `push ${name}`)
    await c.record(PROGRESS, `push ${name}`)
    await c.record(PROGRESS, `pull ${name}`)
  })

  check('-q prints the name only', async (c) => {
    await c.load('other')
    const name = `${c.registry('open')}/quiet/other:1`
    await c.docker(`tag other:1 ${name}`)
    await c.docker(`push -q ${name}`)
    await c.docker(`rmi ${name} other:1`)
    await c.docker(`pull -q ${name}`)
  })

  check('pull by digest', async (c) => {
    await c.load('base')
    const name = `${c.registry('open')}/digest/base`
    await c.docker(`tag base:1 ${name}:1`)
    await c.docker(`push -q ${name}:1`)
    const digest = await c.docker('image inspect -f', '{{index .RepoDigests 0}}', 'base:1')
    await c.docker(`rmi ${name}:1 base:1`)
    await c.record(PROGRESS, 'pull', digest)
    await c.docker('images --digests')
    await c.docker('image inspect -f', '{{.Id}} {{.RepoTags}} {{.RepoDigests}}', digest)
    await c.docker('rmi', digest)
  })

  check('push without a tag, -a, pull -a', async (c) => {
    await c.load('app', 'other')
    const name = `${c.registry('open')}/all/app`
    await c.docker(`tag app:1 ${name}:1`)
    await c.docker(`tag other:1 ${name}:2`)
    await c.docker(`push -q ${name}`)
    await c.record(PROGRESS, `push -a ${name}`)
    await c.docker(`rmi ${name}:1 ${name}:2 app:1 app:latest other:1`)
    await c.record(PROGRESS, `pull -a ${name}`)
    await c.record({ out: 'sorted' }, 'images')
  })

  check('layers that the registry has already, and of another repository', async (c) => {
    await c.load('base', 'app')
    const [first, second] = ['mount/base:1', 'mount/app:1'].map((n) => `${c.registry('open')}/${n}`)
    await c.docker(`tag base:1 ${first}`)
    await c.docker(`tag app:1 ${second}`)
    await c.record(PROGRESS, `push ${first}`)
    await c.record(PROGRESS, `push ${second}`)
  })

  check('pull of an image whose layers are partly here', async (c) => {
    await c.load('base', 'app')
    const name = `${c.registry('open')}/partly/app:1`
    await c.docker(`tag app:1 ${name}`)
    await c.docker(`push -q ${name}`)
    await c.record({ out: 'sorted' }, `rmi ${name} app:1 app:latest`)
    await c.record(PROGRESS, `pull ${name}`)
    await c.record({ out: 'sorted' }, 'images')
  })

  check('a tag that moved', async (c) => {
    await c.load('base', 'other')
    const name = `${c.registry('open')}/moved/x:1`
    await c.docker(`tag other:1 ${name}`)
    await c.docker(`push -q ${name}`)
    await c.docker(`tag base:1 ${name}`)
    await c.record(PROGRESS, `pull ${name}`)
    await c.docker('images')
  })

  check('what the registry has not', async (c) => {
    await c.load('base')
    const open = c.registry('open')
    await c.docker(`pull ${open}/no/such:1`)
    await c.docker(`tag base:1 ${open}/has/one:1`)
    await c.docker(`push -q ${open}/has/one:1`)
    await c.docker(`pull ${open}/has/one:2`)
    await c.docker(`pull ${open}/has/one@sha256:${'ab'.repeat(32)}`)
    await c.docker(`pull -a ${open}/no/such`)
  })

  check('what cannot be pushed', async (c) => {
    const open = c.registry('open')
    await c.record(PROGRESS, `push ${open}/not/here:1`)
    await c.record(PROGRESS, `push ${open}/not/here`)
    await c.docker(`push ${open}/by/digest@sha256:${'ab'.repeat(32)}`)
    await c.docker('push UPPER')
  })

  check('a registry that nobody answers', async (c) => {
    await c.load('base')
    await c.docker('tag base:1 127.0.0.1:9/x:1')
    await c.record({ out: 'none', err: 'none' }, 'push 127.0.0.1:9/x:1')
    await c.record({ out: 'none', err: 'none' }, 'pull 127.0.0.1:9/x:2')
    await c.record({ out: 'sorted' }, 'images')
  })

  for (const kind of ['basic', 'token'] as const) {
    check(`sign in, push, pull, sign out (${kind})`, async (c) => {
      await c.load('base')
      const name = `${c.registry(kind)}/lab/base:1`
      await c.docker(`tag base:1 ${name}`)
      await c.record(PROGRESS, `push ${name}`)
      await c.record({ input: 'wrong' }, `login -u mei --password-stdin ${c.registry(kind)}`)
      await c.login(kind)
      await c.record(PROGRESS, `push ${name}`)
      await c.docker(`rmi ${name} base:1`)
      await c.record(PROGRESS, `pull ${name}`)
      await c.docker('images')
      await c.docker(`logout ${c.registry(kind)}`)
      await c.record(PROGRESS, `pull ${name}`)
    })
  }

  check('sign in where nobody asks, and where nobody answers', async (c) => {
    await c.login('open')
    await c.record(
      { input: 'x', err: 'none', out: 'none' },
      'login -u mei --password-stdin 127.0.0.1:9',
    )
  })

  check('create pulls what is missing', async (c) => {
    await c.load('base')
    const name = `${c.registry('open')}/pulled/base:1`
    await c.docker(`tag base:1 ${name}`)
    await c.docker(`push -q ${name}`)
    await c.docker(`rmi ${name} base:1`)
    await c.record({ ...PROGRESS, err: 'sorted' }, `create --name box ${name}`)
    await c.docker(`create --pull always --name again -q ${name}`)
    await c.docker('inspect -f', '{{.Image}} {{.Config.Image}}', 'box', 'again')
  })

  check('push of imported, committed and built images, and back', async (c) => {
    const tar = await c.file('rootfs.tar', c.fixtures.rootfs)
    const open = `${c.registry('open')}/made`
    await c.docker(`import ${tar} ${open}/imported:1`)
    await c.docker(`create --name box ${open}/imported:1 /bin/tool`)
    await c.docker('cp rootfs.tar box:/opt/copy')
    await c.docker(`commit box ${open}/committed:1`)
    await c.docker('rm box')
    const names = ['imported', 'committed'].map((name) => `${open}/${name}:1`)
    for (const name of names) await c.docker(`push -q ${name}`)
    const before = await c.docker('image inspect -f', '{{.Id}} {{.RootFS.Layers}}', ...names)
    await c.record({ out: 'sorted' }, 'rmi', ...names)
    for (const name of names) await c.docker(`pull -q ${name}`)
    const after = await c.docker('image inspect -f', '{{.Id}} {{.RootFS.Layers}}', ...names)
    c.note('the same after the round trip', before === after)
  })

  check('manifest inspect, from what was pushed', async (c) => {
    await c.load('base')
    const name = `${c.registry('open')}/manifest/base:1`
    await c.docker(`tag base:1 ${name}`)
    await c.docker(`push -q ${name}`)
    const printed = await c.record({ out: 'none' }, `manifest inspect --insecure ${name}`)
    const manifest = z
      .looseObject({ config: z.looseObject({}), layers: z.array(z.unknown()) })
      .parse(JSON.parse(printed))
    c.note('config', manifest.config)
    c.note('layers', manifest.layers.length)
  })
})
