import { describe, expect, it } from 'vitest'

import { ACR_REGIONS, acrHost, parseAcr } from '../../src/shared/acr'
import { isAcr, registryKind } from '../../src/shared/registry-kind'

const OWN = 'crpi-0123456789abcdef'

describe('registryKind', () => {
  it.each([
    ['docker.io', 'docker-hub'],
    ['https://index.docker.io/v1/', 'docker-hub'],
    ['registry-1.docker.io', 'docker-hub'],
    ['registry.cn-hangzhou.aliyuncs.com', 'acr-personal'],
    ['registry-vpc.cn-wuhan-lr.aliyuncs.com', 'acr-personal'],
    ['registry-internal.cn-beijing.aliyuncs.com', 'acr-personal'],
    ['registry-intl.ap-southeast-1.aliyuncs.com', 'acr-personal'],
    [`https://${OWN}.cn-shanghai.personal.cr.aliyuncs.com`, 'acr-personal'],
    [`${OWN}-vpc.cn-shanghai.personal.cr.aliyuncs.com:443`, 'acr-personal'],
    ['team-registry.cn-shanghai.cr.aliyuncs.com', 'acr-enterprise'],
    ['team-registry-vpc.cn-shanghai.cr.aliyuncs.com', 'acr-enterprise'],
    ['127.0.0.1:5000', 'private'],
    ['mydocker.io', 'private'],
    ['registry.cn-hangzhou.aliyuncs.com.example.org', 'private'],
    ['docker.io.example.org:5000', 'private'],
    ['[::1]:5000', 'private'],
    ['oss.cn-hangzhou.aliyuncs.com', 'private'],
  ] as const)('%s is %s', (address, kind) => {
    expect(registryKind(address)).toBe(kind)
  })

  it('knows ACR behind a domain of its own by the service of its challenge', () => {
    expect(registryKind('images.example.org', 'registry.aliyuncs.com:cn-shanghai:26842')).toBe(
      'acr-personal',
    )
    expect(registryKind('images.example.org', 'registry.docker.io')).toBe('private')
    expect(registryKind('images.example.org', 'not.registry.aliyuncs.com:x')).toBe('private')
  })

  it('takes both editions for ACR', () => {
    expect([isAcr('acr-personal'), isAcr('acr-enterprise'), isAcr('private')]).toEqual([
      true,
      true,
      false,
    ])
  })
})

describe('the hosts of ACR', () => {
  it('are read', () => {
    expect(parseAcr('registry-intl-vpc.ap-southeast-1.aliyuncs.com')).toEqual({
      edition: 'personal',
      form: 'shared',
      site: 'international',
      region: 'ap-southeast-1',
      network: 'vpc',
    })
    expect(parseAcr(`${OWN}-vpc.cn-shanghai.personal.cr.aliyuncs.com`)).toEqual({
      edition: 'personal',
      form: 'instance',
      instance: OWN,
      region: 'cn-shanghai',
      network: 'vpc',
    })
    expect(parseAcr('my-team-registry.cn-shanghai.cr.aliyuncs.com')).toEqual({
      edition: 'enterprise',
      form: 'instance',
      instance: 'my-team',
      region: 'cn-shanghai',
      network: 'public',
    })
    expect(parseAcr('docker.io')).toBeNull()
  })

  it('are composed as they are read, in every region and form', () => {
    for (const { code } of ACR_REGIONS) {
      for (const host of [
        `registry.${code}.aliyuncs.com`,
        `registry-vpc.${code}.aliyuncs.com`,
        `registry-internal.${code}.aliyuncs.com`,
        `registry-intl.${code}.aliyuncs.com`,
        `registry-intl-vpc.${code}.aliyuncs.com`,
        `${OWN}.${code}.personal.cr.aliyuncs.com`,
        `${OWN}-vpc.${code}.personal.cr.aliyuncs.com`,
        `team-registry.${code}.cr.aliyuncs.com`,
        `team-registry-vpc.${code}.cr.aliyuncs.com`,
      ]) {
        const read = parseAcr(host)
        if (read === null) throw new Error(`${host} was not read`)
        expect(read.region).toBe(code)
        expect(acrHost(read)).toBe(host)
      }
    }
  })

  it('has every region once', () => {
    const codes = ACR_REGIONS.map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
    expect(codes).toHaveLength(30)
  })
})
