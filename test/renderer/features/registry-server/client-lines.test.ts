import { describe, expect, it } from 'vitest'
import { clientLines } from '@/features/registry-server/client-lines'
import {
  portProblem,
  reachOf,
  readPort,
  splitNames,
} from '@/features/registry-server/settings-form'

const PEM = '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n'

describe('the lines for clients', () => {
  it('are none for Docker on this machine over http', () => {
    const lines = clientLines({ address: '127.0.0.1:5000', pem: null, user: null })
    expect(lines).toMatchObject({ login: null, docker: null, podman: null, skopeo: null })
    expect(lines.push).toContain('docker push 127.0.0.1:5000/team/app:1')
  })

  it('name the host as insecure over http elsewhere', () => {
    const lines = clientLines({ address: '10.0.0.2:5000', pem: null, user: "o'brien" })
    expect(lines.login).toBe(`docker login 10.0.0.2:5000 -u 'o'\\''brien'`)
    expect(lines.docker).toBe('"insecure-registries": ["10.0.0.2:5000"]')
    expect(lines.podman).toContain('--tls-verify=false')
    expect(lines.skopeo).toContain('--dest-tls-verify=false')
  })

  it('carry the certificate over https', () => {
    const { docker, podman, skopeo } = clientLines({
      address: 'nas.lan:5000',
      pem: PEM,
      user: null,
    })
    expect(docker).toContain('/etc/docker/certs.d/nas.lan:5000/ca.crt')
    expect(docker).toContain(PEM.trim())
    expect(podman).toBeNull()
    expect(skopeo).toContain('--dest-cert-dir')
  })
})

describe('the form of the settings', () => {
  it('knows who can reach an address', () => {
    expect(['127.0.0.1', '', '10.0.0.2', 'localhost'].map(reachOf)).toEqual([
      'here',
      'all',
      'one',
      'one',
    ])
  })

  it('reads ports', () => {
    expect(['5000', ' 1 ', '65535'].map(readPort)).toEqual([5000, 1, 65_535])
    for (const bad of ['0', '65536', 'abc', '5.0', '-1']) {
      expect(readPort(bad), bad).toBeNull()
      expect(portProblem(bad), bad).toBe(true)
    }
    expect(portProblem('')).toBe(false)
  })

  it('reads names however they are separated, each once', () => {
    expect(splitNames(' nas.lan, 10.0.0.2\nnas.lan;x ')).toEqual(['nas.lan', '10.0.0.2', 'x'])
  })
})
