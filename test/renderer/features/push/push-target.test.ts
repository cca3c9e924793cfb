import { describe, expect, it } from 'vitest'
import { NEW_ACR_FORM, type AcrForm } from '@/features/push/acr-target'
import { checkTarget, initialForm, type PushForm } from '@/features/push/push-target'
import type { Registry } from '@shared/models'

const registries: Registry[] = [
  {
    id: 'a',
    address: '127.0.0.1:5000',
    protocol: 'http',
    username: null,
    secret: null,
    own: false,
  },
  {
    id: 'b',
    address: 'registry.example.com',
    protocol: 'https',
    username: 'mhk',
    secret: null,
    own: false,
  },
]

const form = (part: Partial<PushForm>): PushForm => ({
  kind: 'registry',
  registry: 'a',
  repository: 'mhk/debian',
  tag: '1.3',
  acr: NEW_ACR_FORM,
  fullName: '',
  ...part,
})

const inAcr = (part: Partial<AcrForm>): Partial<PushForm> => ({
  kind: 'acr',
  acr: {
    ...NEW_ACR_FORM,
    instance: 'crpi-0123456789abcdef',
    namespace: 'team',
    repository: 'app',
    ...part,
  },
})

const nameOf = (part: Partial<PushForm>) => {
  const checked = checkTarget(form(part), registries)
  return checked.ok ? checked.name : checked.problem
}

describe('checkTarget', () => {
  it.each<[Partial<PushForm>, string]>([
    [{}, '127.0.0.1:5000/mhk/debian:1.3'],
    [{ registry: 'b' }, 'registry.example.com/mhk/debian:1.3'],
    [{ tag: '' }, '127.0.0.1:5000/mhk/debian:latest'],
    [{ kind: 'hub' }, 'mhk/debian:1.3'],
    [{ kind: 'full', fullName: 'host:5000/a/b' }, 'host:5000/a/b:latest'],
    [inAcr({}), 'crpi-0123456789abcdef.cn-hangzhou.personal.cr.aliyuncs.com/team/app:1.3'],
    [
      inAcr({ network: 'vpc' }),
      'crpi-0123456789abcdef-vpc.cn-hangzhou.personal.cr.aliyuncs.com/team/app:1.3',
    ],
    [
      inAcr({ host: 'shared', region: 'cn-beijing', network: 'internal' }),
      'registry-internal.cn-beijing.aliyuncs.com/team/app:1.3',
    ],
    [
      inAcr({ host: 'shared', site: 'international', region: 'ap-southeast-1' }),
      'registry-intl.ap-southeast-1.aliyuncs.com/team/app:1.3',
    ],
    [
      inAcr({ edition: 'enterprise', instance: 'acme', region: 'cn-shanghai' }),
      'acme-registry.cn-shanghai.cr.aliyuncs.com/team/app:1.3',
    ],
    [
      inAcr({ edition: 'enterprise', host: 'domain', domain: 'images.example.com' }),
      'images.example.com/team/app:1.3',
    ],
  ])('makes the name of %j', (part, name) => {
    expect(nameOf(part)).toBe(name)
  })

  it.each<[Partial<PushForm>, string]>([
    [{ registry: 'gone' }, 'no-registry'],
    [{ repository: '' }, 'empty'],
    [{ repository: 'Team/app' }, 'uppercase'],
    [{ repository: 'team//app' }, 'path'],
    [{ repository: 'team/app:2' }, 'path'],
    [{ tag: 'not a tag' }, 'tag'],
    [{ tag: '1/2' }, 'tag'],
    [{ kind: 'hub', repository: 'debian' }, 'hub-root'],
    [{ kind: 'hub', repository: 'mhk/a/debian' }, 'hub-depth'],
    [inAcr({ namespace: '' }), 'empty'],
    [inAcr({ namespace: 'Team' }), 'acr-namespace'],
    [inAcr({ namespace: '-team' }), 'acr-namespace'],
    [inAcr({ namespace: 'a/b' }), 'acr-namespace'],
    [inAcr({ repository: 'App' }), 'uppercase'],
    [inAcr({ instance: '' }), 'empty'],
    [inAcr({ instance: 'team' }), 'acr-instance'],
    [inAcr({ region: 'Hangzhou?' }), 'acr-region'],
    [inAcr({ edition: 'enterprise', host: 'domain', domain: 'https://a.b' }), 'acr-domain'],
    [{ kind: 'full', fullName: 'https://host/a' }, 'scheme'],
    [{ kind: 'full', fullName: `host/a@sha256:${'0'.repeat(64)}` }, 'with-digest'],
  ])('refuses %j', (part, problem) => {
    expect(nameOf(part)).toBe(problem)
  })

  it('names the field that is wrong', () => {
    expect(checkTarget(form({ tag: '…' }), registries)).toMatchObject({ ok: false, field: 'tag' })
    expect(checkTarget(form({ repository: 'A' }), registries)).toMatchObject({
      ok: false,
      field: 'repository',
    })
  })
})

describe('initialForm', () => {
  it('takes the registry that the name already carries', () => {
    expect(initialForm('registry.example.com/a/b:2', registries)).toMatchObject({
      kind: 'registry',
      registry: 'b',
      repository: 'a/b',
      tag: '2',
    })
  })

  it('offers the first saved registry for a local name', () => {
    expect(initialForm('mhk/debian:1.3', registries)).toMatchObject({
      kind: 'registry',
      registry: 'a',
      repository: 'mhk/debian',
      tag: '1.3',
    })
    expect(initialForm('busybox:latest', registries).repository).toBe('busybox')
  })

  it('takes a name of Aliyun’s registry apart', () => {
    const form = initialForm('registry-vpc.cn-shanghai.aliyuncs.com/team/app:2', registries)
    expect(form).toMatchObject({ kind: 'acr', registry: 'a', tag: '2' })
    expect(form.acr).toMatchObject({
      ...{ edition: 'personal', host: 'shared', site: 'china', region: 'cn-shanghai' },
      ...{ network: 'vpc', namespace: 'team', repository: 'app' },
    })
  })

  it('keeps a host that is not saved as a full name', () => {
    expect(initialForm('other:5000/a:1', registries)).toMatchObject({
      kind: 'full',
      fullName: 'other:5000/a:1',
    })
  })

  it('begins empty for an image without a name', () => {
    expect(initialForm(undefined, [])).toMatchObject({
      kind: 'registry',
      fullName: '',
      registry: null,
    })
  })
})
