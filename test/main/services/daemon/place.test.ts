import { describe, expect, it } from 'vitest'
import {
  certificateFile,
  settingsPlace,
  type PlaceFacts,
} from '../../../../src/main/services/daemon/place'

const linux: PlaceFacts = {
  engine: 'docker',
  address: 'unix:///var/run/docker.sock',
  platform: 'linux',
  env: {},
  userHome: '/home/lu',
  operatingSystem: 'Debian GNU/Linux 12 (bookworm)',
  rootless: false,
  daemon: null,
}
const windows = { ...linux, platform: 'win32' as const, userHome: 'C:\\Users\\Lu' }

describe('where settings are', () => {
  it.each([
    ['rootful', '/etc/docker/daemon.json', linux],
    ['rootless', '/home/lu/.config/docker/daemon.json', { ...linux, rootless: true }],
    [
      'rootless',
      '/x/docker/daemon.json',
      { ...linux, rootless: true, env: { XDG_CONFIG_HOME: '/x' } },
    ],
    [
      'desktop',
      '/home/lu/.docker/daemon.json',
      { ...linux, address: 'unix:///home/lu/.docker/desktop/docker.sock' },
    ],
    [
      'desktop',
      '/Users/lu/.docker/daemon.json',
      { ...linux, platform: 'darwin', userHome: '/Users/lu', operatingSystem: 'Docker Desktop' },
    ],
    [
      'desktop',
      'C:\\Users\\Lu\\.docker\\daemon.json',
      { ...windows, address: 'npipe:////./pipe/docker_engine', operatingSystem: 'Docker Desktop' },
    ],
    [
      'windows',
      'D:\\Data\\docker\\config\\daemon.json',
      {
        ...windows,
        address: 'npipe:////./pipe/docker_engine',
        operatingSystem: 'Windows Server 2022',
        env: { ProgramData: 'D:\\Data' },
      },
    ],
    [
      'colima',
      '/Users/lu/.colima/default/colima.yaml',
      {
        ...linux,
        platform: 'darwin',
        userHome: '/Users/lu',
        address: 'unix:///Users/lu/.colima/default/docker.sock',
      },
    ],
    [
      'orbstack',
      '/Users/lu/.orbstack/config/docker.json',
      {
        ...linux,
        platform: 'darwin',
        userHome: '/Users/lu',
        address: 'unix:///Users/lu/.orbstack/run/docker.sock',
      },
    ],
    ['vm', '/etc/docker/daemon.json', { ...linux, address: 'unix:///home/lu/.rd/docker.sock' }],
    ['remote', '/etc/docker/daemon.json', { ...linux, address: 'ssh://lu@nas' }],
    ['remote', '/etc/docker/daemon.json', { ...linux, address: 'tcp://10.0.0.2:2376' }],
    [
      'podman',
      '/etc/containers/registries.conf.d/lamina.conf',
      { ...linux, engine: 'podman', address: 'unix:///run/podman/podman.sock' },
    ],
    [
      'podman',
      '/home/lu/.config/containers/registries.conf.d/lamina.conf',
      { ...linux, engine: 'podman', address: 'unix:///run/user/1000/podman/podman.sock' },
    ],
    [
      'podman-machine',
      '/etc/containers/registries.conf.d/lamina.conf',
      { ...windows, engine: 'podman', address: 'npipe:////./pipe/podman-machine-default' },
    ],
    ['bundled', null, { ...linux, engine: 'bundled' }],
  ] satisfies [string, string | null, PlaceFacts][])('%s: %s', (kind, path, facts) => {
    const place = settingsPlace(facts)
    expect(place).toMatchObject({ kind, path, certain: false })
  })

  it('are where the daemon itself says, when its process is known', () => {
    const daemon = { configFile: '/srv/d.json', env: null, elsewhere: false }
    expect(settingsPlace({ ...linux, daemon })).toMatchObject({
      kind: 'rootful',
      path: '/srv/d.json',
      certain: true,
    })
  })

  it('are the daemon’s own home without a flag, not ours', () => {
    const env = { HOME: '/home/runner' }
    const daemon = { configFile: null, env, elsewhere: false }
    const place = settingsPlace({ ...linux, rootless: true, daemon })
    expect(place.path).toBe('/home/runner/.config/docker/daemon.json')
    expect(place.certificates).toBe('/home/runner/.config/docker/certs.d')
  })

  it('are out of reach in a container', () => {
    const daemon = { configFile: null, env: null, elsewhere: true }
    expect(settingsPlace({ ...linux, daemon }).kind).toBe('container')
  })
})

describe('the file of an authority', () => {
  it('is in a folder named as the registry', () => {
    expect(certificateFile(settingsPlace(linux), 'nas:5000', false)).toBe(
      '/etc/docker/certs.d/nas:5000/ca.crt',
    )
  })

  it('has no colon in its path on Windows', () => {
    const place = settingsPlace({ ...windows, address: 'npipe:////./pipe/docker_engine' })
    expect(certificateFile(place, 'nas:5000', true)).toBe(
      'C:\\ProgramData\\docker\\certs.d\\nas5000\\ca.crt',
    )
  })
})
