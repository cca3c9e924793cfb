import { area } from '../harness/area'

export const tag = area('tag', (check) => {
  check('gives an image further names', async (c) => {
    await c.load('app')
    await c.docker('tag app:1 app:2')
    await c.docker('tag app:2 lab.example/team/app')
    await c.docker(`tag ${c.fixtures.ids.app} by-id:1`)
    await c.docker(`tag ${c.fixtures.ids.app.slice(0, 12)} by-short-id:1`)
    await c.docker('image tag app 127.0.0.1:5000/app:x')
    await c.record({ out: 'sorted' }, 'images')
  })

  check('moves a name to another image', async (c) => {
    await c.load('app', 'other')
    await c.docker('tag other:1 app:1')
    await c.record({ out: 'sorted' }, 'images --no-trunc')
  })

  check('moving the only name of an image leaves it dangling', async (c) => {
    await c.load('base', 'other')
    await c.docker('tag other:1 base:1')
    await c.record({ out: 'sorted' }, 'images')
    await c.docker('images -f dangling=true -q')
  })

  check('completes and refuses names as Docker does', async (c) => {
    await c.load('base')
    for (const name of [
      'docker.io/library/short:1',
      'docker.io/ns/short',
      'index.docker.io/ns/index:1',
      'UPPER:1',
      'a//b:1',
      'bad:tag:twice',
      'name:',
      '-dash:1',
      `${'long'.repeat(80)}:1`,
      `ok:${'t'.repeat(129)}`,
      `name@sha256:${'a'.repeat(64)}`,
      'a'.repeat(64),
    ]) {
      await c.docker('tag base:1', name)
    }
    await c.record({ out: 'sorted' }, 'images --format', '{{.Repository}} {{.Tag}}')
  })

  check('says that an image is unknown', async (c) => {
    await c.docker('tag nothing:1 other:1')
    await c.docker('tag nothing other:1')
    await c.docker(`tag ${'0123456789ab'} other:1`)
    await c.docker(`tag sha256:${'ab'.repeat(32)} other:1`)
    await c.docker('tag', '', 'other:1')
  })
})
