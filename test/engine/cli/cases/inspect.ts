import { area } from '../harness/area'
import { withoutOwn } from '../harness/own'

export const inspect = area('inspect and history', (check) => {
  for (const name of ['base', 'app', 'other'] as const) {
    check(`image inspect: every field of a loaded image (${name})`, async (c) => {
      await c.load(name)
      const raw = await c.record({ out: 'none' }, 'image inspect', `${name}:1`)
      c.note('inspect', withoutOwn(JSON.parse(raw)))
    })
  }

  check('image inspect: an imported, a committed and a built image', async (c) => {
    const tar = await c.file('rootfs.tar', c.fixtures.rootfs)
    await c.docker(`import -m first ${tar} imported:1`)
    await c.docker('create --name box imported:1 /bin/tool')
    await c.docker('commit -m second -a Mei box committed:1')
    await c.file('Dockerfile', 'FROM committed:1\nLABEL a=b\n')
    await c.docker('build -q -t built:1 .')
    for (const name of ['imported:1', 'committed:1', 'built:1']) {
      const raw = await c.record({ out: 'none' }, 'image inspect', name)
      c.note(name, withoutOwn(JSON.parse(raw)))
    }
  })

  check('image inspect by name, id, short id, digest, several', async (c) => {
    await c.load('app', 'other')
    const id = c.fixtures.ids.app
    for (const name of ['app', 'docker.io/library/app:1', id, `sha256:${id}`, id.slice(0, 7)]) {
      await c.docker('image inspect --format', '{{.Id}}', name)
    }
    await c.docker('image inspect --format', '{{.Id}} {{.Os}}/{{.Architecture}}', 'app', 'other:1')
    await c.docker('image inspect -f', '{{.Id}}', 'app', 'nothing:1', 'other:1')
  })

  check('image inspect: templates', async (c) => {
    await c.load('app')
    for (const template of [
      '{{json .Config}}',
      '{{.Config.Env}} {{.Config.Cmd}} {{.Config.Entrypoint}}',
      '{{range $port, $_ := .Config.ExposedPorts}}{{$port}} {{end}}',
      '{{index .Config.Labels "team"}}',
      '{{len .RootFS.Layers}} {{.RootFS.Type}}',
      '{{.Size}} {{.VirtualSize}} {{.Author}} {{.DockerVersion}} {{.Created}}',
      '{{.Nothing}}',
      '{{.Broken',
    ]) {
      await c.docker('image inspect -f', template, 'app:1')
    }
  })

  check('image inspect of unknown names', async (c) => {
    for (const name of ['nothing', 'nothing:1', 'a/b/c@sha256:12', 'UPPER', '0123456789ab']) {
      await c.docker('image inspect', name)
    }
    await c.docker(`image inspect nothing@sha256:${'ab'.repeat(32)}`)
    await c.docker(`image inspect sha256:${'ab'.repeat(32)}`)
  })

  check('inspect finds images, containers and volumes, or says so', async (c) => {
    await c.load('base')
    await c.docker('create --name box base:1')
    await c.docker('volume create drawer')
    await c.docker('inspect -f', '{{.Id}}', 'base:1')
    await c.docker('inspect -f', '{{.Name}}', 'box', 'drawer')
    await c.docker('inspect --type image -f', '{{.Id}}', 'base:1')
    await c.docker('inspect --type container -f', '{{.Name}}', 'box')
    await c.docker('inspect --type volume -f', '{{.Name}}', 'drawer')
    await c.docker('inspect --type image box')
    await c.docker('inspect --type container base:1')
    await c.docker('inspect --type volume box')
    await c.docker('inspect --type nonsense box')
    await c.docker('inspect nothing')
    await c.docker('inspect --type network nothing')
  })

  check('inspect -s adds the sizes of a container', async (c) => {
    await c.load('app')
    await c.docker('create --name box app:1')
    await c.docker('cp .docker box:/srv/config')
    await c.tar('three.tar', [{ name: 'x', content: 'x'.repeat(777) }])
    await c.record({ input: await c.readFile('three.tar') }, 'cp - box:/srv')
    await c.docker('inspect -s -f', '{{.SizeRw}} {{.SizeRootFs}}', 'box')
    await c.docker('inspect -f', '{{.SizeRw}}', 'box')
  })

  check('the same id for the same input, prefixes that are not unique', async (c) => {
    await c.load('base', 'app', 'other', 'plain')
    const ids = Object.values(c.fixtures.ids)
    for (const length of [1, 2, 3, 5, 63]) {
      for (const id of ids) await c.docker('image inspect -f', '{{.Id}}', id.slice(0, length))
    }
  })

  check('history of a loaded image', async (c) => {
    await c.load('app')
    await c.docker('history app:1')
    await c.docker('history --no-trunc app')
    await c.docker('history -q app:1')
    await c.docker('history -H=false app:1')
    await c.docker('image history --format', '{{.ID}}|{{.CreatedAt}}|{{.Size}}|{{.Comment}}', 'app')
    await c.json('history --format json app')
  })

  check('history of imported, committed and built images', async (c) => {
    const tar = await c.file('rootfs.tar', c.fixtures.rootfs)
    await c.docker(`import -m started ${tar} imported:1`)
    await c.docker('create --name box imported:1 /bin/tool --flag')
    await c.docker('cp rootfs.tar box:/opt/copy')
    await c.docker('commit -m copied box committed:1')
    await c.file('Dockerfile', 'FROM committed:1\nCOPY rootfs.tar /x/\nENV A=b\nCMD ["x", "y"]\n')
    await c.record({ out: 'none' }, 'build -t built:1 .')
    for (const name of ['imported:1', 'committed:1', 'built:1']) {
      await c.docker('history', name)
      await c.docker('history --no-trunc', name)
    }
    await c.api('/images/built:1/history')
  })

  check('history of an unknown image', async (c) => {
    await c.docker('history nothing')
    await c.docker('history -q nothing:1')
  })
})
