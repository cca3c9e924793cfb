import { describe, expect, it } from 'vitest'
import { parseChallenges } from '../../../../src/engine/registry/client/challenge'

describe('parseChallenges', () => {
  it('reads what Aliyun ACR sends', () => {
    expect(
      parseChallenges(
        'Bearer realm="https://auth.example.com/auth",service="registry.aliyuncs.com:cn-shanghai:26842",scope="repository:ns/app:pull"',
      ),
    ).toEqual([
      {
        scheme: 'bearer',
        params: {
          realm: 'https://auth.example.com/auth',
          service: 'registry.aliyuncs.com:cn-shanghai:26842',
          scope: 'repository:ns/app:pull',
        },
      },
    ])
  })

  it('keeps a comma inside quotes', () => {
    const [challenge] = parseChallenges(
      'Bearer realm="r",scope="repository:x/y:push,pull",error="insufficient_scope"',
    )
    expect(challenge?.params).toEqual({
      realm: 'r',
      scope: 'repository:x/y:push,pull',
      error: 'insufficient_scope',
    })
  })

  it('reads several challenges in one header, with escapes, spaces and odd cases', () => {
    expect(
      parseChallenges(
        'Negotiate, NTLM TlRMTVNT==, BASIC Realm = "a \\"quoted\\" one" , bearer a=b',
      ),
    ).toEqual([
      { scheme: 'negotiate', params: {} },
      { scheme: 'ntlm', params: {} },
      { scheme: 'basic', params: { realm: 'a "quoted" one' } },
      { scheme: 'bearer', params: { a: 'b' } },
    ])
  })

  it('ends at what it cannot read', () => {
    expect(parseChallenges('')).toEqual([])
    expect(parseChallenges('"')).toEqual([])
    expect(parseChallenges('Basic realm="open')).toHaveLength(1)
  })
})
