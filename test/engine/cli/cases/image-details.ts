import { area } from '../harness/area'
import { withoutOwn } from '../harness/own'
import type { Case } from '../harness/transcript'

/** Pushes an image, so that it has a digest reference; answers with its repository and the digest. */
async function pushed(c: Case, image: string, name: string): Promise<[string, string]> {
  const repository = `${c.registry('open')}/${name}`
  await c.run(`tag ${image} ${repository}:1`)
  await c.run(`push -q ${repository}:1`)
  const { stdout } = await c.run('image inspect -f', '{{index .RepoDigests 0}}', `${repository}:1`)
  return [repository, stdout.trim().replace(/^.*@/, '')]
}

export const imageDetails = area('images, details', (check) => {
  check('an image with names, digests, both and neither in every list', async (c) => {
    await c.load('other', 'base', 'plain')
    const [repository, digest] = await pushed(c, 'other:1', 'lists/other')
    await c.docker(`tag other:1 ${repository}:2`)
    await c.record({ out: 'sorted' }, 'images')
    await c.record({ out: 'sorted' }, 'images --digests --no-trunc')
    await c.record({ out: 'sorted' }, `images --digests ${repository}`)
    await c.record({ out: 'sorted' }, `images --digests ${repository}:1`)
    await c.docker(`images ${repository}@${digest}`)
    await c.docker(`images -f reference=${repository}@${digest}`)
    await c.docker('rmi', `${repository}:1`, `${repository}:2`, 'other:1')
    await c.docker('images')
    await c.docker('images --digests')
    await c.docker('images -f dangling=true')
    await c.docker('images -q -f dangling=false')
    await c.docker('image inspect -f', '{{.RepoTags}} {{.RepoDigests}}', `${repository}@${digest}`)
    await c.docker('image prune -f')
    await c.docker('images -a --digests')
  })

  check('filters together, of labels, and by ids', async (c) => {
    await c.load('base', 'app', 'other', 'plain')
    const { ids } = c.fixtures
    for (const flags of [
      '-f label=team=lab -f reference=app',
      '-f label=team -f dangling=false',
      `-f before=${ids.app} -f since=${ids.plain}`,
      `-f before=sha256:${ids.base.slice(0, 20)}`,
      '-f reference=a*:l* -q',
      '-f reference=app:latest -f reference=base:1 -f before=app:1',
      '-f since=app -f label=x',
      '-f label=',
      '-f label!=team',
      '-f reference=',
      '-f dangling=',
      '-f dangling=false -a -q',
      '-a --no-trunc --digests -q',
      'base:1 other:1',
      '-q app',
      '-f reference=base app',
      '--filter',
      '--nonsense',
    ]) {
      await c.docker(`images ${flags}`)
    }
  })

  check('inspect by digest, of several kinds, with templates of Go', async (c) => {
    await c.load('app', 'other')
    const [repository, digest] = await pushed(c, 'other:1', 'inspected/other')
    await c.docker('image inspect -f', '{{.Id}}', `${repository}@${digest}`)
    await c.docker('image inspect -f', '{{.Id}}', `${repository}:9@${digest}`)
    await c.docker('image inspect -f', '{{.Id}}', `other@${digest}`)
    await c.docker('image inspect -f', '{{.Id}}', digest)
    for (const template of [
      '{{json .}}',
      '{{with .Config}}{{join .Env ","}}{{end}}',
      '{{upper .Architecture}} {{title .Os}} {{lower .Id}}',
      '{{if eq .Os "linux"}}yes{{else}}no{{end}}',
      '{{printf "%d %q" .Size .Author}}',
      '{{.Metadata.LastTagTime}}',
      '{{index .Config.Labels "nothing"}}|{{.Config.Volumes}}|{{.Config.Healthcheck}}',
      '{{.Config.StopSignal}} {{.Config.OnBuild}} {{.ContainerConfig.Cmd}}',
      'json',
    ]) {
      const how = {
        out: template === '{{json .}}' || template === 'json' ? 'none' : 'lines',
      } as const
      await c.record(how, 'image inspect -f', template, 'app:1')
    }
    const raw = await c.record({ out: 'none' }, 'inspect app:1 other:1')
    c.note('both', withoutOwn(JSON.parse(raw)))
    await c.docker('image inspect')
  })

  check('history: by id, by digest, formats, of images without one', async (c) => {
    await c.load('app', 'plain', 'other')
    const [repository, digest] = await pushed(c, 'other:1', 'history/other')
    await c.docker(`history ${repository}@${digest}`)
    await c.docker(`history ${c.fixtures.ids.plain.slice(0, 12)}`)
    await c.docker(`history --no-trunc -q sha256:${c.fixtures.ids.app}`)
    await c.docker('history --format', '{{.CreatedSince}}|{{.CreatedBy}}', 'app:1')
    await c.docker('history --format', 'table {{.ID}}\t{{.Size}}', 'app:1')
    await c.docker('history --human=false --no-trunc --format', '{{json .}}', 'app:1')
    await c.docker('history app:1 other:1')
  })

  check('rmi: digests, names with a digest, several of one image', async (c) => {
    await c.load('other', 'app')
    const [repository, digest] = await pushed(c, 'other:1', 'rmi/one')
    await c.docker(`rmi ${repository}:1@${digest}`)
    await c.docker(`rmi ${repository}@${digest}`)
    await c.record({ out: 'sorted' }, 'images --digests')
    const [second] = await pushed(c, 'other:1', 'rmi/two')
    await c.docker(`rmi ${second}:1`)
    await c.docker('rmi other:1')
    await c.record({ out: 'sorted' }, 'images -a --digests')
    await c.docker(`rmi ${digest}`)
    await c.docker('rmi app:1 app:latest app:1')
    await c.docker('images -a --digests')
  })

  check('rmi by id: one name and its digest, several repositories', async (c) => {
    await c.load('other')
    const { ids } = c.fixtures
    await pushed(c, 'other:1', 'rmi/three')
    await c.docker(`rmi ${ids.other.slice(0, 12)}`)
    await c.docker('rmi other:1')
    await c.record({ out: 'sorted' }, `rmi ${ids.other.slice(0, 12)}`)
    await c.docker('images -a --digests')
    await c.docker(`rmi -f ${ids.other.slice(0, 12)}`)
  })

  check('rmi of what containers and children need', async (c) => {
    await c.load('base', 'app')
    const { ids } = c.fixtures
    const id = await c.docker('create --name box base:1')
    await c.docker('create --name more base:1')
    await c.docker('tag base:1 again:1')
    await c.docker(`rmi ${ids.base}`)
    await c.docker('rmi again:1')
    await c.record({ out: 'none', err: 'none' }, `rmi -f ${ids.base}`)
    await c.docker('ps -a --format', '{{.Image}} {{.Names}}')
    await c.docker('rm box more')
    await c.docker('images -a')
    c.hide(id.slice(0, 12))
    await c.docker('create --name box app:1')
    await c.docker('commit box child:1')
    await c.docker('rmi -f app:1 app:latest')
    await c.docker(`rmi ${ids.app}`)
    await c.docker(`rmi -f ${ids.app}`)
    await c.docker('rmi child:1')
    await c.docker('rm box')
    await c.docker('rmi -f child:1')
    await c.docker('images -a')
  })

  check(
    'prune: filters together, dangling said twice, children, --filter of all kinds',
    async (c) => {
      await c.load('base', 'plain')
      await c.file('Dockerfile', 'FROM base:1\nENV A=1\nLABEL keep=1\n')
      await c.docker('build -q -t built:1 .')
      await c.docker('build -q -t built:1 --label keep=2 .')
      await c.record({ out: 'sorted' }, 'images -a --format', '{{.Repository}}:{{.Tag}}')
      await c.record({ out: 'sorted' }, 'image prune -f --filter label=keep=1')
      await c.record({ out: 'sorted' }, 'image prune -f --filter until=24h --filter label!=keep')
      for (const filter of [
        'dangling=true',
        'dangling=false',
        'dangling=nonsense',
        'until=nonsense',
        'until=2030-01-01',
        'label!=stage',
        'label=nothing',
        'before=base:1',
        'until=1h --filter until=2h',
      ]) {
        await c.record({ out: 'sorted' }, `image prune -f --filter ${filter}`)
      }
      await c.docker('images -a')
      await c.record({ out: 'sorted' }, 'image prune -a -f')
      await c.record({ input: 'n\n' }, 'image prune')
      await c.record({ input: '' }, 'image prune -a')
    },
  )

  check('tag: by digest, onto itself, with ports and many parts, of ids', async (c) => {
    await c.load('other')
    const [repository, digest] = await pushed(c, 'other:1', 'tagged/other')
    await c.docker(`tag ${repository}@${digest} by-digest:1`)
    await c.docker('tag other:1 other:1')
    for (const name of [
      'localhost/x',
      'localhost:5000/x/y/z:t',
      'a.b:80/c_d/e-f.g__h:T.1-_',
      'a..b:1',
      'a___b:1',
      'a-:1',
      'x/:1',
      '/x:1',
      'x:.t',
      ' x:1',
      'ex.AM/x:1',
      'docker.io/x/y/z:1',
      'sha256:1',
    ]) {
      await c.docker('tag other:1', name)
    }
    await c.docker('tag other:1')
    await c.record({ out: 'sorted' }, 'images --format', '{{.Repository}}:{{.Tag}}')
  })
})
