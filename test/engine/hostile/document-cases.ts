/** `docker load`: manifests and configs that lie, multiply or are not what they should be. */
import { makeTar } from '../cli/harness/tar'
import { isGood, type HostileCase } from './case'
import { configOf, digest, dockerArchive, goodLayer, json } from './images'

const manifest = (bytes: Buffer | string) => () => dockerArchive({ manifest: Buffer.from(bytes) })
const config = (bytes: Buffer | string) => () => dockerArchive({ config: Buffer.from(bytes) })
const item = (fields: Record<string, unknown>) => () => dockerArchive({ item: fields })
const layersAt = (path: string) => dockerArchive({ item: { Layers: [path] }, layerFiles: [] })

const manifests: HostileCase[] = [
  { name: 'manifest.json: empty', route: 'load', bytes: manifest(''), refused: /manifest.json/ },
  {
    name: 'manifest.json: an object',
    route: 'load',
    bytes: manifest('{}'),
    refused: /manifest.json.*array/,
  },
  {
    name: 'manifest.json: null',
    route: 'load',
    bytes: manifest('null'),
    refused: /manifest.json.*array/,
  },
  {
    name: 'manifest.json: 5 MiB',
    route: 'load',
    bytes: manifest(`["${'x'.repeat(5 << 20)}"]`),
    refused: /manifest.json is larger than 4194304 bytes/,
  },
  {
    name: 'manifest.json: a key twice',
    route: 'load',
    bytes: manifest('[{"Config":"config.json","Config":"other.json","Layers":[]}]'),
    refused: /the key Config stands twice/,
  },
  {
    name: 'manifest.json: a key twice, once escaped',
    route: 'load',
    bytes: manifest('[{"Config":"config.json","\\u0043onfig":"x","Layers":[]}]'),
    refused: /the key Config stands twice/,
  },
  {
    name: 'manifest.json: a million brackets',
    route: 'load',
    bytes: manifest('['.repeat(1e6) + ']'.repeat(1e6)),
    refused: /manifest.json.*nested deeper than 200 levels/,
  },
  {
    name: 'manifest.json: no UTF-8',
    route: 'load',
    bytes: manifest(Buffer.from('[{"Config":"\xff\xfe"}]', 'latin1')),
    refused: /manifest.json.*utf-8/i,
  },
  {
    name: 'manifest.json: __proto__',
    route: 'load',
    bytes: manifest(
      '[{"__proto__":{"Layers":["0/layer.tar"]},"Config":"config.json","constructor":1}]',
    ),
    refused: /length mismatch: expected 1, got 0/,
  },
  {
    name: 'manifest.json twice',
    route: 'load',
    bytes: () => dockerArchive({ after: [{ name: 'manifest.json', content: '[]' }] }),
    refused: /manifest.json stands in it twice/,
  },
  {
    name: 'manifest.json as a link to a file of the machine',
    route: 'load',
    bytes: ({ around }) =>
      makeTar([{ name: 'manifest.json', type: 'symlink', linkname: `${around}/secret` }]),
    refused: /neither manifest.json nor index.json/,
  },
  {
    name: 'the config above the archive',
    route: 'load',
    bytes: item({ Config: '../../../secret' }),
    refused: /\.\.\/secret is outside of the archive/,
  },
  {
    name: 'the config by an absolute path',
    route: 'load',
    bytes: ({ around }) => item({ Config: `${around}/secret` })(),
    refused: /the config .* is missing/,
  },
  { name: 'no config', route: 'load', bytes: item({ Config: 'none.json' }), refused: /is missing/ },
  {
    name: 'a layer above the archive',
    route: 'load',
    bytes: () => layersAt('../../../secret'),
    refused: /\.\.\/secret is outside of the archive/,
  },
  {
    name: 'a layer by an absolute path',
    route: 'load',
    bytes: ({ around }) => layersAt(`${around}/secret`),
    refused: /the layer .* is missing/,
  },
  {
    name: 'a layer too few',
    route: 'load',
    bytes: item({ Layers: [] }),
    refused: /expected 1, got 0/,
  },
  {
    name: 'a layer too many',
    route: 'load',
    bytes: item({ Layers: ['0/layer.tar', '0/layer.tar'] }),
    refused: /expected 1, got 2/,
  },
  {
    name: 'a name that is a path',
    route: 'load',
    bytes: item({ RepoTags: ['../../etc/passwd:1'] }),
    refused: /invalid tag/,
  },
  {
    name: 'a name of 300 characters',
    route: 'load',
    bytes: item({ RepoTags: [`${'n'.repeat(300)}:1`] }),
    refused: /invalid tag/,
  },
  {
    name: 'a name with terminal codes',
    route: 'load',
    bytes: item({ RepoTags: ['\u001b[2Jx:1'] }),
    refused: /invalid tag/,
  },
]

const configs: HostileCase[] = [
  {
    name: 'a config that is a list',
    route: 'load',
    bytes: config('[]'),
    refused: /config.json.*object/,
  },
  {
    name: 'a config that is null',
    route: 'load',
    bytes: config('null'),
    refused: /config.json.*object/,
  },
  {
    name: 'a config that is a text',
    route: 'load',
    bytes: config('"x"'),
    refused: /config.json.*object/,
  },
  { name: 'a config that is no JSON', route: 'load', bytes: config('{'), refused: /config.json/ },
  {
    name: 'a config whose inner config is a text',
    route: 'load',
    bytes: async () => dockerArchive({ config: configOf([await goodLayer()], { config: 'sh' }) }),
    refused: /config.json: config: .*object/,
  },
  {
    name: 'a config with a path for a digest',
    route: 'load',
    bytes: config(
      json({
        architecture: 'amd64',
        os: 'linux',
        rootfs: { type: 'layers', diff_ids: ['sha256:../../../../../../../../secret'] },
      }),
    ),
    refused: /not a sha256 or sha512 digest/,
  },
  {
    name: 'a config with a key twice',
    route: 'load',
    bytes: async () =>
      dockerArchive({
        config: Buffer.from(
          configOf([await goodLayer()])
            .toString()
            .replace('{', '{"os":"windows",'),
        ),
      }),
    refused: /the key os stands twice/,
  },
  {
    name: 'a config of 5 MiB',
    route: 'load',
    bytes: async () =>
      dockerArchive({ config: configOf([await goodLayer()], { comment: 'x'.repeat(5 << 20) }) }),
    refused: /the config config.json is missing/,
  },
  {
    name: 'a config with 10,001 layers',
    route: 'load',
    bytes: async () => {
      const one = digest(await goodLayer())
      const rootfs = { type: 'layers', diff_ids: Array.from({ length: 10_001 }, () => one) }
      return dockerArchive({ config: configOf([], { rootfs }) })
    },
    refused: /diff_ids.*10000|10000/,
  },
  {
    name: 'labels and variables with reserved names',
    route: 'load',
    bytes: async () => {
      const layer = await goodLayer()
      const text = configOf([layer], { config: { Labels: { x: '1' }, Env: ['__proto__=1'] } })
      const named = text.toString().replace('"x":"1"', '"__proto__":"1","constructor":"2"')
      return dockerArchive({ config: Buffer.from(named) })
    },
    contained: isGood,
  },
  {
    name: 'the same layer a thousand times',
    route: 'load',
    bytes: async () => {
      const layer = await goodLayer()
      const all = Array.from({ length: 1000 }, () => layer)
      return dockerArchive({
        config: configOf(all),
        layerFiles: [{ name: 'l', content: layer }],
        item: { Layers: all.map(() => 'l') },
      })
    },
    contained: isGood,
  },
]

export const documentCases = [...manifests, ...configs]
