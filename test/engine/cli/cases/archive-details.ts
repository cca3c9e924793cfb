import { gzipSync } from 'node:zlib'
import { area } from '../harness/area'
import { describeSave } from '../harness/archives'
import { makeTar, sha256 } from '../harness/tar'
import type { Case } from '../harness/transcript'

async function noteSaved(c: Case, name: string): Promise<void> {
  c.note(name, await describeSave(await c.readFile(name)))
}

/** One layer with a file, and a config that names it. */
async function smallImage(): Promise<{ layer: Buffer; config: string; hex: string }> {
  const layer = await makeTar([{ name: 'one', content: 'one\n' }])
  const hex = sha256(layer)
  const config = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    created: '2020-01-02T03:04:05Z',
    config: { Cmd: ['/one'] },
    history: [{ created: '2020-01-02T03:04:05Z', created_by: 'made' }],
    rootfs: { type: 'layers', diff_ids: [`sha256:${hex}`] },
  })
  return { layer, config, hex }
}

export const archiveDetails = area('save and load, details', (check) => {
  check('save by name, id, digest, twice, of one image under several names', async (c) => {
    await c.load('app', 'other')
    const repository = `${c.registry('open')}/saved/other`
    await c.run(`tag other:1 ${repository}:1`)
    await c.run(`push -q ${repository}:1`)
    const digest = (await c.run('image inspect -f', '{{index .RepoDigests 0}}', 'other:1')).stdout
    const { ids } = c.fixtures
    for (const [name, references] of [
      ['both', 'app:1 app:latest'],
      ['twice', 'app:1 app:1'],
      ['ids', `${ids.app} ${ids.other.slice(0, 12)}`],
      ['mixed', `${ids.app.slice(0, 12)} app:1 other`],
      ['prefixed', `sha256:${ids.app}`],
      ['digest', digest.trim()],
      ['repository', repository],
    ] as const) {
      await c.docker(`save -o ${name}.tar ${references}`)
      const there = await c.readFile(`${name}.tar`).catch(() => null)
      if (there) await noteSaved(c, `${name}.tar`)
      else c.note(name, 'no file')
    }
    await c.docker('save')
    await c.docker('image save app:1 -o .')
  })

  check('load: names that are taken, several images of one archive, -q', async (c) => {
    const { layer, config, hex } = await smallImage()
    const second = config.replace('/one', '/two')
    const manifest = [
      { Config: 'a.json', RepoTags: ['many:1', 'many:2'], Layers: ['l.tar'] },
      { Config: 'b.json', RepoTags: ['many:2', 'reg.lab:5000/ns/many:3'], Layers: ['l.tar'] },
      { Config: 'b.json', RepoTags: null, Layers: ['l.tar'] },
    ]
    await c.tar('many.tar', [
      { name: 'manifest.json', content: JSON.stringify(manifest) },
      { name: 'a.json', content: config },
      { name: 'b.json', content: second },
      { name: 'l.tar', content: layer },
    ])
    c.normaliser.word(hex, '<layer>')
    await c.record({ out: 'sorted' }, 'load -i many.tar')
    await c.record({ out: 'sorted' }, 'images --no-trunc')
    await c.record({ out: 'sorted' }, 'load -q -i many.tar')
    await c.docker('image load -i many.tar nonsense')
  })

  check(
    'load: RepoTags that cannot be, a config that is none, layers with strange names',
    async (c) => {
      const { layer, config } = await smallImage()
      const archive = async (
        name: string,
        manifest: unknown,
        files: Record<string, string | Buffer>,
      ): Promise<void> => {
        const entries = Object.entries(files).map(([path, content]) => ({ name: path, content }))
        await c.tar(name, [
          { name: 'manifest.json', content: JSON.stringify(manifest) },
          ...entries,
        ])
        await c.record({ err: 'none' }, 'load -q -i', name)
      }
      const files = { 'c.json': config, 'l.tar': layer }
      const row = { Config: 'c.json', RepoTags: ['x:1'], Layers: ['l.tar'] }
      await archive('upper.tar', [{ ...row, RepoTags: ['UPPER:1'] }], files)
      await archive('bare.tar', [{ ...row, RepoTags: ['bare'] }], files)
      await archive('digest.tar', [{ ...row, RepoTags: [`x@sha256:${'ab'.repeat(32)}`] }], files)
      await archive('text.tar', [row], { ...files, 'c.json': 'no json' })
      await archive('list.tar', [row], { ...files, 'c.json': '[]' })
      await archive('rootless.tar', [row], { ...files, 'c.json': '{"os":"linux"}' })
      await archive('outside.tar', [{ ...row, Layers: ['../l.tar'] }], files)
      await archive('absolute.tar', [{ ...row, Config: '/c.json' }], files)
      await archive('dotted.tar', [{ ...row, Config: './c.json', Layers: ['./l.tar'] }], files)
      await archive('object.tar', { Config: 'c.json' }, files)
      await c.record({ out: 'sorted' }, 'images -a')
    },
  )

  check('load of links to layers, as older Dockers wrote them', async (c) => {
    const { layer, config } = await smallImage()
    const again = config
      .replace(/("diff_ids":\[)("[^"]*")/, '$1$2,$2')
      .replace(/("history":\[)(\{.*?\})/, '$1$2,$2')
    await c.tar('linked.tar', [
      { name: 'c.json', content: again },
      { name: 'one/' },
      { name: 'one/layer.tar', content: layer },
      { name: 'two/' },
      { name: 'two/layer.tar', type: 'symlink', linkname: '../one/layer.tar' },
      {
        name: 'manifest.json',
        content: JSON.stringify([
          {
            Config: 'c.json',
            RepoTags: ['linked:1'],
            Layers: ['one/layer.tar', 'two/layer.tar'],
          },
        ]),
      },
    ])
    await c.docker('load -i linked.tar')
    await c.docker('image inspect -f', '{{.RootFS.Layers}} {{.Size}}', 'linked:1')
    await c.docker('save -o again.tar linked:1')
    await noteSaved(c, 'again.tar')
  })

  check('load of gzip in gzip, gzip with more behind it, layers in gzip twice', async (c) => {
    const app = c.fixtures.archives.app
    await c.file('twice.tar.gz', gzipSync(gzipSync(app)))
    await c.record({ err: 'none' }, 'load -i twice.tar.gz')
    await c.file('more.tar', Buffer.concat([app, Buffer.alloc(4096), Buffer.from('trailing')]))
    await c.docker('load -q -i more.tar')
    await c.file('cut.tar.gz', gzipSync(app).subarray(0, 700))
    await c.record({ err: 'none' }, 'load -q -i cut.tar.gz')
    await c.docker('images --format', '{{.Repository}}:{{.Tag}} {{.ID}}')
  })

  check('import: forms of names, several messages, a folder, what follows', async (c) => {
    await c.file('rootfs.tar', c.fixtures.smallRootfs)
    await c.docker('import rootfs.tar latest-is-added')
    await c.docker('import rootfs.tar reg.lab:5000/ns/x:1')
    await c.docker('import --message', 'one "quoted"', '-m', 'two', 'rootfs.tar', 'said:1')
    await c.docker('import')
    await c.record({ input: c.fixtures.smallRootfs }, 'import -')
    await c.record({ input: gzipSync(c.fixtures.rootfs) }, 'import - piped:gz')
    await c.docker('import --change', 'CMD ["a"]', '--change', 'LABEL x=y', 'rootfs.tar', 'c:1')
    await c.docker(
      'image inspect -f',
      '{{.Comment}}|{{.Author}}|{{.Parent}}|{{.Container}}',
      'said:1',
    )
    await c.json('image inspect -f', '{{json .Config}}', 'said:1', 'c:1')
    await c.docker('history --no-trunc c:1')
    await c.record({ out: 'sorted' }, 'images --format', '{{.Repository}}:{{.Tag}} {{.Size}}')
  })

  check('import of a URL: what it prints at the end', async (c) => {
    const address = await c.serve({ '/rootfs.tar': c.fixtures.rootfs })
    const printed = await c.record({}, `import http://${address}/rootfs.tar url:1`)
    c.note('last', /sha256:[0-9a-f]{64}$/.test(printed.trim()))
    await c.docker('history --no-trunc --format', '{{.CreatedBy}}|{{.Comment}}', 'url:1')
    await c.record({ out: 'none' }, `import -c`, 'CMD x', `http://${address}/rootfs.tar`)
    await c.record({ err: 'none', out: 'none' }, 'import ftp://127.0.0.1:9/rootfs.tar')
    await c.record({ out: 'sorted' }, 'images --format', '{{.Repository}}:{{.Tag}}')
  })
})
