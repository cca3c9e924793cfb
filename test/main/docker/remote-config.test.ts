import { describe, expect, it } from 'vitest'
import { remoteDetails } from '../../../src/main/docker/remote-config'

const digest = (letter: string) => `sha256:${letter.repeat(64)}`
const layer = (letter: string, size: number) => ({
  ...{ digest: digest(letter), diffId: digest(letter), size },
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
})

function imageOf(config: unknown, sizes = [10, 20]) {
  return {
    ...{ digest: digest('d'), id: digest('c'), platform: 'linux/amd64', created: null, size: 42 },
    config: typeof config === 'string' ? config : JSON.stringify(config),
    layers: sizes.map((size, at) => layer('ab'.charAt(at), size)),
  }
}

describe('the config of a remote image', () => {
  it('gives each layer its step, and steps without files their place', () => {
    const { layers, details } = remoteDetails(
      imageOf({
        ...{ os: 'linux', architecture: 'arm64', author: 'Mei' },
        config: {
          ...{ Env: ['A=1'], Cmd: ['sh'], Entrypoint: null, WorkingDir: '/srv', User: 'web' },
          ...{ ExposedPorts: { '80/tcp': {} }, Volumes: { '/data': {} }, Labels: { team: 'a' } },
        },
        history: [
          { created: '2026-01-02T03:04:05Z', created_by: 'ADD rootfs /' },
          { created: '2026-01-02T03:04:06Z', created_by: 'ENV A=1', empty_layer: true },
          { created: '2026-01-02T03:04:07Z', created_by: 'COPY app /', comment: 'buildkit' },
        ],
      }),
      'docker.io/library/app',
      '1',
    )
    expect(layers.map(({ createdBy }) => createdBy)).toEqual(['ADD rootfs /', 'COPY app /'])
    expect(details.layers.map(({ index, size, createdBy }) => [index, size, createdBy])).toEqual([
      [0, 10, 'ADD rootfs /'],
      [null, 0, 'ENV A=1'],
      [1, 20, 'COPY app /'],
    ])
    expect(details).toMatchObject({
      ...{ id: digest('c'), repoTags: ['app:1'], repoDigests: [`app@${digest('d')}`] },
      ...{ os: 'linux', architecture: 'arm64', author: 'Mei', size: 42 },
      config: {
        ...{ env: ['A=1'], cmd: ['sh'], entrypoint: [], workingDir: '/srv', user: 'web' },
        ...{ exposedPorts: ['80/tcp'], volumes: ['/data'], labels: { team: 'a' } },
      },
    })
  })

  it('puts layers that the history does not tell of at its end', () => {
    const { details } = remoteDetails(imageOf({ history: [] }), 'r:1/a', '1')
    expect(details.layers.map(({ index, size }) => [index, size])).toEqual([
      [0, 10],
      [1, 20],
    ])
  })

  it.each(['not JSON', '{}', '[]', 'null', '{"config":7,"history":"x","os":3}'])(
    'takes an artifact’s config %s for one that says nothing',
    (config) => {
      const { details } = remoteDetails(imageOf(config, [10]), 'r:1/a', digest('f'))
      expect(details).toMatchObject({ repoTags: [], os: '', createdAt: 0, config: { env: [] } })
      expect(details.layers).toHaveLength(1)
    },
  )
})
