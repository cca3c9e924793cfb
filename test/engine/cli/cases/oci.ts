import { join } from 'node:path'
import { expect } from 'vitest'
import { z } from 'zod'
import { run, runOk } from '../../../support/run'
import { area } from '../harness/area'
import { describeSave } from '../harness/archives'
import type { Case } from '../harness/transcript'

const NO_OCI = 'dockerd 20.10 refuses OCI layouts: the peers are skopeo and umoci'
const NO_ZSTD = 'dockerd 20.10 cannot read a zstd stream: the peer is its load of the plain archive'
const NO_WINDOWS = 'dockerd 20.10 keeps images of its own system only: the peer is skopeo'
const NO_TOOL = 'dockerd runs other programs to read it, the engine has none'
const BOTH_WAYS = 'a round trip through both engines'

/** An OCI layout that skopeo made of a fixture, as one tar; and what its manifest says. */
async function ociArchive(
  c: Case,
  name: 'app' | 'base',
  ...flags: string[]
): Promise<{ path: string; config: string; layers: string[] }> {
  const source = await c.file(`${name}.tar`, c.fixtures.archives[name])
  const folder = join(c.dir, 'layout')
  const to = `oci:${folder}:${name}:1`
  await runOk('skopeo', ['copy', '--quiet', ...flags, `docker-archive:${source}:${name}:1`, to])
  const raw = await runOk('skopeo', ['inspect', '--raw', to])
  const manifest = z
    .looseObject({
      config: z.looseObject({ digest: z.string() }),
      layers: z.array(z.looseObject({ mediaType: z.string() })),
    })
    .parse(JSON.parse(raw))
  const path = join(c.dir, 'oci.tar')
  await runOk('tar', ['-C', folder, '-cf', path, '.'])
  const layers = manifest.layers.map((layer) => layer.mediaType)
  return { path, config: manifest.config.digest, layers }
}

async function layersOf(c: Case, name: string): Promise<string> {
  const { stdout } = await c.run('image inspect -f', '{{.RootFS.Layers}}', name)
  return stdout.trim()
}

export const oci = area('OCI, zstd and round trips', (check) => {
  check.alone('load of an OCI layout', NO_OCI, async (engine, dockerd) => {
    await dockerd.load('app')
    const { path, config } = await ociArchive(engine, 'app')
    const loaded = await engine.run('load -i', path)
    expect(loaded).toMatchObject({ code: 0, stderr: '' })
    const id = await engine.run('images -q --no-trunc')
    expect(id.stdout.trim()).toBe(config)
    expect(await layersOf(engine, config)).toBe(await layersOf(dockerd, 'app:1'))
  })

  check.alone('load of an OCI layout from a pipe, in gzip', NO_OCI, async (engine) => {
    const { path, config } = await ociArchive(engine, 'base')
    await runOk('gzip', [path])
    const loaded = await engine.record(
      { input: await engine.readFile('oci.tar.gz'), out: 'none', err: 'none' },
      'load',
    )
    expect(loaded).toContain('Loaded image')
    expect((await engine.run('images -q --no-trunc')).stdout.trim()).toBe(config)
  })

  check.alone('load of an OCI layout with zstd layers', NO_OCI, async (engine, dockerd) => {
    await dockerd.load('app')
    const zstd = ['--dest-compress-format', 'zstd', '--dest-compress']
    const { path, config, layers } = await ociArchive(engine, 'app', ...zstd)
    expect(layers.every((type) => type.endsWith('zstd'))).toBe(true)
    expect((await engine.run('load -i', path)).code).toBe(0)
    expect(await layersOf(engine, config)).toBe(await layersOf(dockerd, 'app:1'))
    // What is in the layers is readable too.
    await engine.run('create --name box', config)
    const motd = await engine.run('cp box:/etc/motd', join(engine.dir, 'motd'))
    expect(motd.code).toBe(0)
    await dockerd.run('create --name box app:1')
    await dockerd.run('cp box:/etc/motd', join(dockerd.dir, 'motd'))
    expect(await engine.readFile('motd')).toEqual(await dockerd.readFile('motd'))
  })

  check.alone('load of a docker-archive in zstd', NO_ZSTD, async (engine, dockerd) => {
    await dockerd.load('app')
    const path = await engine.file('app.tar', engine.fixtures.archives.app)
    await runOk('zstd', ['-q', path])
    expect((await engine.run('load -i', `${path}.zst`)).code).toBe(0)
    const format = '{{.Id}} {{.RootFS.Layers}} {{.Size}}'
    const [mine, theirs] = await Promise.all(
      [engine, dockerd].map((c) => c.run('image inspect -f', format, 'app:1')),
    )
    expect(mine?.stdout).toBe(theirs?.stdout)
  })

  check.alone('import of a zstd file', NO_ZSTD, async (engine, dockerd) => {
    await dockerd.file('rootfs.tar', engine.fixtures.rootfs)
    await dockerd.run('import rootfs.tar x:1')
    const path = await engine.file('rootfs.tar', engine.fixtures.rootfs)
    await runOk('zstd', ['-q', path])
    expect((await engine.run('import', `${path}.zst`, 'x:1')).code).toBe(0)
    expect(await layersOf(engine, 'x:1')).toBe(await layersOf(dockerd, 'x:1'))
  })

  check.alone('load of an image for another system', NO_WINDOWS, async (engine) => {
    const other = await engine.fixtures.repack('base', {
      config: (text) => text.replace('"os":"linux"', '"os":"windows"'),
    })
    const path = await engine.file('windows.tar', other)
    expect(await engine.run('load -i', path)).toMatchObject({ code: 0, stderr: '' })
    const shown = await engine.run('image inspect -f', '{{.Os}}', 'base:1')
    const peer = await runOk('skopeo', ['inspect', '--config', `docker-archive:${path}:base:1`])
    const { os } = z.looseObject({ os: z.string() }).parse(JSON.parse(peer))
    expect(shown.stdout.trim()).toBe(os)
  })

  for (const tool of ['bzip2', 'xz']) {
    check.alone(`an archive in ${tool} is refused by that name`, NO_TOOL, async (engine) => {
      const path = await engine.file('app.tar', engine.fixtures.archives.app)
      await runOk(tool, [path])
      const loaded = await engine.run('load -i', `${path}.${tool === 'xz' ? 'xz' : 'bz2'}`)
      expect(loaded.code).not.toBe(0)
      expect(loaded.stderr).toContain(tool)
      expect((await engine.run('images -q')).stdout).toBe('')
    })
  }

  check.alone(
    'what the engine saves, skopeo and dockerd read',
    BOTH_WAYS,
    async (engine, dockerd) => {
      await engine.load('app', 'base')
      await engine.run('save -o out.tar app:1 app:latest base:1')
      const path = join(engine.dir, 'out.tar')
      expect((await dockerd.run('load -i', path)).code).toBe(0)
      for (const name of ['app', 'base'] as const) {
        const id = await dockerd.run('image inspect -f', '{{.Id}}', `${name}:1`)
        expect(id.stdout.trim()).toBe(`sha256:${engine.fixtures.ids[name]}`)
        const from = `docker-archive:${path}:${name}:1`
        const seen = z
          .looseObject({ rootfs: z.looseObject({ diff_ids: z.array(z.string()) }) })
          .parse(JSON.parse(await runOk('skopeo', ['inspect', '--config', from])))
        expect(`[${seen.rootfs.diff_ids.join(' ')}]`).toBe(await layersOf(dockerd, `${name}:1`))
      }
    },
  )

  check.alone('dockerd save, load, save, dockerd load', BOTH_WAYS, async (engine, dockerd) => {
    await dockerd.file('rootfs.tar', engine.fixtures.rootfs)
    await dockerd.run('import rootfs.tar imported:1')
    await dockerd.run('create --name box imported:1 /bin/tool')
    await dockerd.run('cp rootfs.tar box:/opt/copy')
    await dockerd.run('commit box committed:1')
    await dockerd.run('save -o first.tar committed:1')
    const first = await dockerd.readFile('first.tar')
    expect((await engine.run('load -i', join(dockerd.dir, 'first.tar'))).code).toBe(0)
    await engine.run('save -o second.tar committed:1')
    const second = await engine.readFile('second.tar')
    expect(await describeSave(second)).toEqual(await describeSave(first))
    const before = await dockerd.run('image inspect -f', '{{.Id}}', 'committed:1')
    await dockerd.run('rm box')
    await dockerd.run('rmi committed:1 imported:1')
    await dockerd.run('load -i', join(engine.dir, 'second.tar'))
    const after = await dockerd.run('image inspect -f', '{{.Id}}', 'committed:1')
    expect(after.stdout).toBe(before.stdout)
  })

  check.alone(
    'what the engine committed, dockerd runs and shows alike',
    BOTH_WAYS,
    async (engine, dockerd) => {
      await engine.load('app')
      await engine.run('create --name box app:1')
      await engine.file('new', 'new\n')
      await engine.run('cp new box:/srv/added')
      expect((await engine.run('commit box saved:1')).code).toBe(0)
      await engine.run('save -o saved.tar saved:1')
      expect((await dockerd.run('load -i', join(engine.dir, 'saved.tar'))).code).toBe(0)
      for (const c of [engine, dockerd]) {
        await c.run('create --name reader saved:1')
        await c.noteTar('cp reader:/srv -')
      }
      const ids = await Promise.all(
        [engine, dockerd].map((c) => c.run('image inspect -f', '{{.Id}}', 'saved:1')),
      )
      expect(ids[0]?.stdout).toBe(ids[1]?.stdout)
    },
  )

  check.alone('umoci unpacks what the engine saved to the same files', NO_OCI, async (engine) => {
    await engine.load('app')
    await engine.run('save -o app.tar app:1')
    const layout = join(engine.dir, 'umoci')
    const from = `docker-archive:${join(engine.dir, 'app.tar')}:app:1`
    await runOk('skopeo', ['copy', '--quiet', from, `oci:${layout}:app`])
    const bundle = join(engine.dir, 'bundle')
    const unpacked = await run('umoci', ['unpack', '--image', `${layout}:app`, bundle])
    expect(unpacked).toMatchObject({ code: 0 })
    await engine.run('create --name box app:1')
    await engine.record({ pipeTo: 'ours.tar' }, 'cp box:/data/. -')
    const files = join(bundle, 'rootfs/data')
    await runOk('tar', ['-C', files, '--numeric-owner', '-cf', join(engine.dir, 'theirs.tar'), '.'])
    const [ours, theirs] = await Promise.all(
      ['ours.tar', 'theirs.tar'].map((name) =>
        runOk('tar', ['--numeric-owner', '-tvf', join(engine.dir, name)]),
      ),
    )
    const sorted = (text: string | undefined): string[] => (text ?? '').split('\n').sort()
    expect(sorted(ours)).toEqual(sorted(theirs))
  })
})
