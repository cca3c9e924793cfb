import { area } from '../harness/area'
import { LOGIN } from '../harness/side'

const PROGRESS = { out: 'sorted', finals: true } as const

export const registryDetails = area('registry, details', (check) => {
  check('pull: tag and digest at once, latest, several names of one image, -a -q', async (c) => {
    await c.load('app', 'other')
    const name = `${c.registry('open')}/details/app`
    for (const tag of ['1', '2', 'latest']) {
      await c.docker(`tag app:1 ${name}:${tag}`)
      await c.run(`push -q ${name}:${tag}`)
    }
    const digests = await c.run('image inspect -f', '{{index .RepoDigests 0}}', 'app:1')
    const digest = digests.stdout.trim().replace(/^.*@/, '')
    await c.record({ out: 'none' }, `rmi -f ${c.fixtures.ids.app}`)
    await c.record(PROGRESS, `pull ${name}`)
    await c.record(PROGRESS, `pull ${name}:2@${digest}`)
    await c.record({ out: 'sorted' }, 'images --digests')
    await c.record(PROGRESS, `pull -a ${name}`)
    await c.record({ out: 'sorted' }, 'images --digests')
    await c.docker(`pull -a -q ${name}`)
    await c.docker(`pull -a ${name}:1`)
    await c.docker(`pull -a ${name}@${digest}`)
    await c.docker(`image pull -q ${name}:latest`)
  })

  check('a registry at a port where nobody is', async (c) => {
    await c.load('base')
    await c.docker('tag base:1 127.0.0.1:1/lab/base:1')
    await c.docker('pull 127.0.0.1:1/lab/other:1')
    await c.docker('push 127.0.0.1:1/lab/base:1')
    await c.docker(`login -u ${LOGIN.user} -p ${LOGIN.password} 127.0.0.1:1`)
    await c.docker('create 127.0.0.1:1/lab/other:1')
  })

  check('pull --platform of an image for one platform', async (c) => {
    await c.load('base')
    const name = `${c.registry('open')}/platform/base:1`
    await c.docker(`tag base:1 ${name}`)
    await c.run(`push -q ${name}`)
    await c.docker(`rmi ${name} base:1`)
    await c.record(PROGRESS, `pull --platform linux/amd64 ${name}`)
    await c.record({ ...PROGRESS, err: 'sorted' }, `pull --platform linux/arm64 ${name}`)
    await c.record(PROGRESS, `pull --platform nonsense/x/y/z ${name}`)
    await c.record(PROGRESS, `pull --platform nonsense ${name}`)
    await c.docker('image inspect -f', '{{.Os}}/{{.Architecture}}', name)
  })

  check('push: -a with a tag, -a -q, by id, what has no name there', async (c) => {
    await c.load('app', 'other')
    const name = `${c.registry('open')}/push/all`
    await c.docker(`tag app:1 ${name}:1`)
    await c.docker(`tag other:1 ${name}:2`)
    await c.docker(`push -a ${name}:1`)
    await c.docker(`push -a -q ${name}`)
    await c.record(PROGRESS, `push ${name}:3`)
    await c.docker(`push ${c.fixtures.ids.app}`)
    await c.record(PROGRESS, `push -a ${c.registry('open')}/push/none`)
    await c.docker(`image push -q ${name}:2`)
    await c.docker('push')
    await c.record({ out: 'sorted' }, 'images --digests')
  })

  check('a wrong name where a registry wants a user: anonymous, and signed in', async (c) => {
    await c.load('base')
    for (const kind of ['basic', 'token'] as const) {
      const name = `${c.registry(kind)}/nothing/here:1`
      await c.docker(`pull ${name}`)
      await c.docker(`pull -a ${c.registry(kind)}/nothing/here`)
      await c.login(kind)
      await c.docker(`pull ${name}`)
      await c.docker(`pull ${name.replace(':1', '')}@sha256:${'ab'.repeat(32)}`)
      await c.docker(`create --name box ${name}`)
    }
  })

  check('login: flags, twice, unknown, logout of what is not known', async (c) => {
    const basic = c.registry('basic')
    await c.docker(`login -u ${LOGIN.user} -p ${LOGIN.password} ${basic}`)
    await c.login('basic')
    await c.docker(`login -u ${LOGIN.user} -p wrong ${basic}`)
    await c.record({ input: 'x' }, `login -u nobody --password-stdin ${basic}`)
    await c.record({ input: LOGIN.password }, `login --password-stdin ${basic}`)
    await c.docker(`login -u ${LOGIN.user} -p x --password-stdin ${basic}`)
    await c.record({ input: '' }, `login -u ${LOGIN.user} --password-stdin ${basic}`)
    await c.docker(`logout ${basic}`)
    await c.docker(`logout ${basic}`)
    await c.docker('logout nowhere.example')
    await c.record(
      { input: LOGIN.password },
      `login -u ${LOGIN.user} --password-stdin http://${basic}`,
    )
    await c.record(
      { input: LOGIN.password },
      `login -u mei --password-stdin ${c.registry('token')}`,
    )
    await c.record({ input: 'wrong' }, `login -u mei --password-stdin ${c.registry('token')}`)
  })

  check('digests: of what was pushed, pulled, tagged again, removed', async (c) => {
    await c.load('other')
    const first = `${c.registry('open')}/digests/first`
    const second = `${c.registry('open')}/digests/second`
    await c.docker(`tag other:1 ${first}:1`)
    await c.run(`push -q ${first}:1`)
    await c.docker(`tag other:1 ${second}:1`)
    await c.record({ out: 'sorted' }, 'images --digests')
    await c.run(`push -q ${second}:1`)
    await c.json('image inspect -f', '{{json .RepoDigests}}', 'other:1')
    await c.docker(`tag other:1 ${first}:2`)
    await c.record({ out: 'sorted' }, 'images --digests')
    await c.docker(`rmi ${first}:1`)
    await c.docker(`rmi ${first}:2`)
    await c.record({ out: 'sorted' }, 'images --digests')
    await c.docker(`rmi ${second}:1 other:1`)
    await c.docker('images -a --digests')
    await c.record(PROGRESS, `pull ${first}:1`)
    await c.record({ out: 'sorted' }, 'images --digests')
  })

  check('create and build pull by themselves: --pull always, missing, never', async (c) => {
    await c.load('base')
    const name = `${c.registry('open')}/auto/base:1`
    await c.docker(`tag base:1 ${name}`)
    await c.run(`push -q ${name}`)
    await c.docker(`rmi ${name} base:1`)
    await c.docker(`create --pull never --name none ${name}`)
    await c.record({ ...PROGRESS, err: 'sorted' }, `create --pull missing --name one ${name}`)
    await c.record({ ...PROGRESS, err: 'sorted' }, `create --pull always --name two ${name}`)
    await c.record({ ...PROGRESS, err: 'sorted' }, `create --name three ${c.registry('open')}/no:1`)
    await c.docker('ps -a --format', '{{.Names}} {{.Image}}')
  })

  check('manifest inspect: what is not there, without --insecure', async (c) => {
    const open = c.registry('open')
    await c.docker(`manifest inspect --insecure ${open}/no/such:1`)
    await c.docker(`manifest inspect UPPER`)
    await c.load('base')
    await c.docker(`tag base:1 ${open}/manifest/list:1`)
    await c.run(`push -q ${open}/manifest/list:1`)
    await c.docker(`manifest create --insecure ${open}/manifest/list:all ${open}/manifest/list:1`)
    await c.docker(`manifest push --insecure ${open}/manifest/list:all`)
    await c.docker(`rmi ${open}/manifest/list:1 base:1`)
    await c.record(PROGRESS, `pull ${open}/manifest/list:all`)
    await c.record({ out: 'sorted' }, 'images --no-trunc')
    await c.json('image inspect -f', '{{json .RepoDigests}}', `${open}/manifest/list:all`)
  })
})
