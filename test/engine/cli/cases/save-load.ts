import { gzipSync } from 'node:zlib'
import { area } from '../harness/area'
import { describeSave } from '../harness/archives'

/** dockerd's words here name its own temporary folder or process. */
const QUIET = { err: 'none' } as const

export const saveLoad = area('save and load', (check) => {
  check('save -o and load -i, ids and layers stay', async (c) => {
    await c.load('app')
    await c.docker('save -o app.tar app:1')
    c.note('archive', await describeSave(await c.readFile('app.tar')))
    await c.record({ out: 'sorted' }, 'rmi app:1 app:latest')
    await c.docker('load -i app.tar')
    await c.docker('images --no-trunc')
  })

  check('save to a pipe, load from one', async (c) => {
    await c.load('base')
    await c.record({ pipeTo: 'base.tar' }, 'save base:1')
    c.note('archive', await describeSave(await c.readFile('base.tar')))
    await c.docker('rmi base:1')
    await c.record({ input: await c.readFile('base.tar') }, 'load')
    await c.docker('images')
  })

  check('save several images', async (c) => {
    await c.load('base', 'app', 'other')
    await c.docker('save -o all.tar base:1 app:1 other:1')
    c.note('archive', await describeSave(await c.readFile('all.tar')))
    await c.docker('rmi base:1 app:1 app:latest other:1')
    await c.record({ out: 'sorted' }, 'load -i all.tar')
    await c.record({ out: 'sorted' }, 'images')
  })

  check('save a repository takes all its tags', async (c) => {
    await c.load('app')
    await c.docker('tag app:1 app:more')
    await c.docker('save -o app.tar app')
    c.note('archive', await describeSave(await c.readFile('app.tar')))
  })

  check('save by id has no names', async (c) => {
    await c.load('app')
    await c.docker(`save -o app.tar ${c.fixtures.ids.app.slice(0, 12)}`)
    c.note('archive', await describeSave(await c.readFile('app.tar')))
    await c.record({ out: 'sorted' }, 'rmi app:1 app:latest')
    await c.docker('load -i app.tar')
    await c.docker('images')
  })

  check('save names what is missing', async (c) => {
    await c.load('base')
    await c.docker('save -o none.tar nothing:1')
    await c.docker('save -o none.tar base:1 nothing:1')
    await c.docker('save -o folder/none.tar base:1')
    await c.docker('save -o none.tar', 'UPPER')
  })

  check('save of imported, committed and built images loads again', async (c) => {
    const tar = await c.file('rootfs.tar', c.fixtures.rootfs)
    await c.docker(`import ${tar} imported:1`)
    await c.docker('create --name box imported:1 /bin/tool')
    await c.docker('cp rootfs.tar box:/opt/copy')
    await c.docker('commit box committed:1')
    await c.file('Dockerfile', 'FROM committed:1\nCOPY rootfs.tar /x/\n')
    await c.docker('build -q -t built:1 .')
    await c.docker('rm box')
    const before = await c.docker('image inspect -f', '{{.Id}} {{.RootFS.Layers}}', 'built:1')
    await c.docker('save -o built.tar built:1')
    await c.record({ out: 'sorted' }, 'rmi built:1 committed:1 imported:1')
    await c.docker('load -q -i built.tar')
    const after = await c.docker('image inspect -f', '{{.Id}} {{.RootFS.Layers}}', 'built:1')
    c.note('the same after the round trip', before === after)
  })

  check('load of an archive in gzip', async (c) => {
    await c.file('app.tar.gz', gzipSync(c.fixtures.archives.app))
    await c.docker('load -i app.tar.gz')
    await c.record({ input: await c.readFile('app.tar.gz') }, 'load')
    await c.docker('images --no-trunc')
  })

  check('load with layers in gzip', async (c) => {
    await c.file('gz.tar', await c.fixtures.repack('app', { layer: (bytes) => gzipSync(bytes) }))
    await c.docker('load -i gz.tar')
    await c.docker('images --no-trunc')
    await c.docker('save -o out.tar app:1')
    c.note('archive', await describeSave(await c.readFile('out.tar')))
  })

  check('load of the same again, and of a moved name', async (c) => {
    await c.file('base.tar', c.fixtures.archives.base)
    await c.docker('load -i base.tar')
    await c.docker('load -i base.tar')
    await c.load('other')
    await c.docker('tag other:1 base:1')
    await c.docker('load -i base.tar')
    await c.docker('images')
  })

  check('load of an image without names', async (c) => {
    await c.file('plain.tar', c.fixtures.archives.plain)
    await c.docker('load -i plain.tar')
    await c.docker('load -q -i plain.tar')
    await c.docker('images -a')
  })

  check('load of what is no archive', async (c) => {
    await c.file('text', 'this is no tar\n')
    await c.record(QUIET, 'load -i text')
    await c.record({ ...QUIET, input: 'neither is this\n' }, 'load')
    await c.docker('load -i missing.tar')
    await c.record({ ...QUIET, input: '' }, 'load')
    await c.tar('empty.tar', [])
    await c.record(QUIET, 'load -i empty.tar')
    await c.tar('rootfs.tar', [{ name: 'etc/motd', content: 'x' }])
    await c.record(QUIET, 'load -i rootfs.tar')
  })

  check('load of a broken manifest', async (c) => {
    await c.tar('bad.tar', [{ name: 'manifest.json', content: '{not json' }])
    await c.record(QUIET, 'load -i bad.tar')
    await c.tar('none.tar', [{ name: 'manifest.json', content: '[]' }])
    await c.record({ out: 'none' }, 'load -i none.tar')
    const manifest = [{ Config: 'missing.json', RepoTags: ['x:1'], Layers: [] }]
    await c.tar('config.tar', [{ name: 'manifest.json', content: JSON.stringify(manifest) }])
    await c.record(QUIET, 'load -i config.tar')
    await c.docker('images -a')
  })

  check('images that were built on each other, saved and loaded together', async (c) => {
    await c.load('base')
    await c.file('Dockerfile', 'FROM base:1\nENV A=b\n')
    await c.record({ out: 'none', err: 'none' }, 'build -t lower:1 .')
    await c.file('Dockerfile', 'FROM lower:1\nCOPY Dockerfile /\n')
    await c.record({ out: 'none', err: 'none' }, 'build -t upper:1 .')
    await c.docker('save -o both.tar upper:1 lower:1')
    await c.docker('save -o apart.tar upper:1 base:1')
    await c.docker('rmi upper:1 lower:1 base:1')
    for (const archive of ['both.tar', 'apart.tar']) {
      await c.docker('load -i', archive)
      await c.docker('history -q upper:1')
      await c.docker('image inspect -f', '{{.Parent}}', 'upper:1')
      await c.record({ out: 'sorted' }, 'images -a --format', '{{.Repository}}:{{.Tag}}')
    }
    await c.docker('rmi lower:1')
    await c.docker('rmi base:1')
    await c.docker('rmi upper:1')
  })

  check('load of an archive cut short leaves nothing', async (c) => {
    const whole = c.fixtures.archives.app
    await c.file('cut.tar', whole.subarray(0, Math.floor(whole.length / 2 / 512) * 512))
    await c.record(QUIET, 'load -i cut.tar')
    await c.docker('images -a')
  })

  check('load of layers that are not what the config says', async (c) => {
    await c.file('wrong.tar', await c.fixtures.repack('base', { layer: damage }))
    await c.record(QUIET, 'load -i wrong.tar')
    await c.docker('images -a')
  })

  check('load of fewer layers than the config has', async (c) => {
    await c.file('few.tar', await c.fixtures.repack('app', { drop: 1 }))
    await c.record(QUIET, 'load -i few.tar')
    await c.docker('images -a')
  })
})

function damage(layer: Buffer): Buffer {
  const copy = Buffer.from(layer)
  const at = copy.indexOf('welcome')
  copy.write('WELCOME', at)
  return copy
}
