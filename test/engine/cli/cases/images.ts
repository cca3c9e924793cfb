import { area } from '../harness/area'

export const images = area('images', (check) => {
  check('an empty engine lists nothing', async (c) => {
    await c.docker('images')
    await c.docker('images -q')
    await c.docker('images --format json')
  })

  check('lists images, newest first, one row a name', async (c) => {
    await c.load('base', 'app', 'other', 'plain')
    await c.docker('images')
    await c.docker('image ls')
    await c.docker('image list --no-trunc')
    await c.docker('images -q')
    await c.docker('images -q --no-trunc')
  })

  check('-a shows what a build left on its way', async (c) => {
    await c.load('base')
    await c.file('Dockerfile', 'FROM base:1\nENV A=1\nENV B=2\n')
    await c.docker('build -q -t built:1 .')
    await c.docker('images --format', '{{.Repository}}:{{.Tag}} {{.Size}}')
    await c.record({ out: 'sorted' }, 'images -a --format', '{{.Repository}}:{{.Tag}} {{.Size}}')
  })

  check('--digests, before and after a push', async (c) => {
    await c.load('other')
    await c.docker('images --digests')
    const name = `${c.registry('open')}/digests/other:1`
    await c.docker(`tag other:1 ${name}`)
    await c.record({ out: 'none' }, `push -q ${name}`)
    await c.record({ out: 'sorted' }, 'images --digests')
    const format = '{{.Repository}} {{.Tag}} {{.Digest}}'
    await c.record({ out: 'sorted' }, 'images --digests --format', format)
  })

  check('by repository, name, and pattern', async (c) => {
    await c.load('base', 'app', 'other')
    await c.docker('tag app:1 lab.example/team/app:1')
    for (const pattern of [
      'app',
      'app:1',
      'app:none',
      'a*',
      '*',
      'lab.example/team/app',
      'lab.example/*/*',
      '*/*/app:*',
      'o?her:[0-9]',
      '*:latest',
      'nothing',
    ]) {
      await c.docker('images', pattern)
    }
  })

  check('a pattern that cannot be read', async (c) => {
    await c.load('base')
    await c.docker('images', '[')
    await c.docker('images --filter', 'reference=[a')
  })

  check('filter reference', async (c) => {
    await c.load('base', 'app', 'other')
    await c.docker('images -f reference=app')
    await c.docker('images -f reference=app:1 -f reference=other')
    await c.docker('images --filter reference=*:1')
    await c.docker('images --filter reference=docker.io/library/base:1')
  })

  check('filter dangling', async (c) => {
    await c.load('plain', 'base')
    for (const value of ['true', '1', 'false', '0']) await c.docker(`images -f dangling=${value}`)
    await c.docker('images -f dangling=maybe')
    await c.docker('images -f dangling=true -f dangling=false')
  })

  check('filter before and since', async (c) => {
    await c.load('base', 'app', 'other', 'plain')
    await c.docker('images -f before=app:1')
    await c.docker('images -f before=base:1')
    await c.docker('images -f since=other:1')
    await c.docker(`images -f since=${c.fixtures.ids.other.slice(0, 12)} -f before=app:latest`)
    await c.docker('images -f before=nothing:1')
    await c.docker('images -f since=nothing:1')
  })

  check('filter label', async (c) => {
    await c.load('base', 'app', 'other')
    await c.docker('images -f label=team')
    await c.docker('images -f label=team=lab')
    await c.docker('images -f label=team=none')
    await c.docker('images -f label=team -f label=stage=app')
    await c.docker('images -f label=nothing')
  })

  check('filters that do not exist', async (c) => {
    await c.docker('images -f colour=blue')
    await c.docker('images -f until=24h')
    await c.docker('images -f novalue')
  })

  check('formats', async (c) => {
    await c.load('base', 'app')
    await c.docker('images --format', '{{.ID}}|{{.Repository}}|{{.Tag}}|{{.Digest}}|{{.Size}}')
    await c.docker('images --format', 'table {{.Repository}}\t{{.CreatedAt}}')
    await c.docker('images --format', '{{.CreatedSince}} {{.VirtualSize}} {{.Containers}}')
    await c.json('images --format json')
    await c.json('images --format', '{{json .}}')
    await c.docker('images --format', '{{.Nothing}}')
  })

  check('the API: fields of a list', async (c) => {
    await c.load('base', 'app', 'plain')
    await c.api('/images/json')
    await c.docker('create --name user app:1')
    await c.api('/images/json?all=1')
    await c.api('/v1.41/images/json?shared-size=1')
  })

  check('the API: a list by filters in both old forms', async (c) => {
    await c.load('base', 'app', 'plain')
    const query = (filters: unknown): string =>
      `/images/json?filters=${encodeURIComponent(JSON.stringify(filters))}`
    await c.api(query({ reference: ['app'] }))
    await c.api(query({ dangling: { true: true } }))
    await c.api(query({ label: { 'team=lab': true, 'team=none': false } }))
  })
})
