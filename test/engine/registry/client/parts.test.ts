import { describe, expect, it } from 'vitest'
import { endpointOf } from '../../../../src/engine/registry/client/endpoint'
import { nextPage } from '../../../../src/engine/registry/client/link'
import { proxyFor } from '../../../../src/engine/registry/client/proxy'
import { backoff, retryAfter } from '../../../../src/engine/registry/client/retry'
import { mergeScopes, repositoryScope } from '../../../../src/engine/registry/client/scope'

describe('proxyFor', () => {
  const env = { HTTPS_PROXY: 'http://proxy:3128', http_proxy: 'proxy:8080' }
  const of = (url: string, more = {}) => proxyFor(new URL(url), { ...env, ...more })

  it('takes the proxy of the scheme, in either case, with or without http://', () => {
    expect(of('https://hub.example')).toBe('http://proxy:3128')
    expect(of('http://hub.example')).toBe('http://proxy:8080')
    expect(proxyFor(new URL('http://hub.example'), { ALL_PROXY: 'http://all:1' })).toBe(
      'http://all:1',
    )
    expect(proxyFor(new URL('http://hub.example'), {})).toBeNull()
    expect(proxyFor(new URL('http://hub.example'), { http_proxy: 'socks5://x:1' })).toBeNull()
  })

  it('never proxies loopback', () => {
    for (const host of ['localhost', '127.0.0.1:5000', '127.9.9.9', '[::1]:5000', 'a.localhost']) {
      expect(of(`https://${host}/`)).toBeNull()
    }
  })

  it('reads NO_PROXY: names, suffixes, ports, addresses, ranges, everything', () => {
    expect(of('https://hub.example', { NO_PROXY: 'example' })).toBeNull()
    expect(of('https://hub.example', { NO_PROXY: '.example' })).toBeNull()
    expect(of('https://hub.example', { NO_PROXY: '*.example, other' })).toBeNull()
    expect(of('https://hub.example', { no_proxy: 'hub.example:8443' })).toBe('http://proxy:3128')
    expect(of('https://hub.example:8443', { no_proxy: 'hub.example:8443' })).toBeNull()
    expect(of('https://notexample', { no_proxy: 'example' })).toBe('http://proxy:3128')
    expect(of('https://10.1.2.3', { no_proxy: '10.0.0.0/8' })).toBeNull()
    expect(of('https://11.1.2.3', { no_proxy: '10.0.0.0/8' })).toBe('http://proxy:3128')
    expect(of('https://[fd00::1]:5000', { no_proxy: '[fd00::1]' })).toBeNull()
    expect(of('https://hub.example', { no_proxy: '*' })).toBeNull()
  })
})

describe('nextPage', () => {
  it('finds the next page among links', () => {
    expect(nextPage('</v2/_catalog?last=b&n=2>; rel="next"')?.get('last')).toBe('b')
    expect(
      nextPage('<https://x/p?q=1>; rel="prev", </v2/a?last=z%2Fy>; rel=next')?.get('last'),
    ).toBe('z/y')
    expect(nextPage('</v2/a?last=b>; rel="first"')).toBeNull()
    expect(nextPage(undefined)).toBeNull()
  })
})

describe('mergeScopes', () => {
  it('joins the actions of one resource and sorts', () => {
    expect(
      mergeScopes(
        [repositoryScope('b/c', 'push', 'pull')],
        ['repository:a:pull', 'repository:b/c:pull'],
      ),
    ).toEqual(['repository:a:pull', 'repository:b/c:pull,push'])
  })
})

describe('retrying', () => {
  it('waits longer each time, up to a ceiling, never less than half', () => {
    const policy = { attempts: 9, base: 100, ceiling: 1000 }
    for (let attempt = 1; attempt < 9; attempt++) {
      const full = Math.min(1000, 100 * 2 ** (attempt - 1))
      const wait = backoff(policy, attempt)
      expect(wait).toBeGreaterThanOrEqual(full / 2)
      expect(wait).toBeLessThanOrEqual(full)
    }
  })

  it('reads Retry-After in seconds and as a date, and gives up on long ones', () => {
    expect(retryAfter('2')).toBe(2000)
    expect(retryAfter('Sun, 06 Nov 1994 08:49:37 GMT', Date.UTC(1994, 10, 6, 8, 49, 30))).toBe(7000)
    expect(retryAfter('3600')).toBeNull()
    expect(retryAfter('soon')).toBeNull()
    expect(retryAfter(undefined)).toBeNull()
  })
})

describe('endpointOf', () => {
  it('knows that Docker Hub answers elsewhere', () => {
    expect(endpointOf('docker.io', 'https').origin).toBe('https://registry-1.docker.io')
    expect(endpointOf('127.0.0.1:5000', 'http')).toEqual({
      address: '127.0.0.1:5000',
      origin: 'http://127.0.0.1:5000',
      verify: true,
    })
    expect(endpointOf('[::1]:5000', 'http').origin).toBe('http://[::1]:5000')
  })

  it('refuses what is no host', () => {
    for (const address of ['', '../etc', 'a/b', 'https://x', 'user@host', 'a b']) {
      expect(() => endpointOf(address, 'https')).toThrow(/refused/)
    }
  })
})
