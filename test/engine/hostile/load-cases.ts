/** `docker load`: archives of the docker-save kind. */
import { expect } from 'vitest'
import { makeTar } from '../cli/harness/tar'
import { gzipSync } from 'node:zlib'
import { zstd } from '../image/stores'
import { repeated, type HostileCase } from './case'
import { configOf, digest, dockerArchive, goodLayer, json } from './images'
import { base256, rawEntry, rawTar } from './tar-bytes'

const good = () => dockerArchive()
const manifest = (bytes: Buffer | string) => () => dockerArchive({ manifest: Buffer.from(bytes) })
const config = (bytes: Buffer | string) => () => dockerArchive({ config: Buffer.from(bytes) })
const item = (fields: Record<string, unknown>) => () => dockerArchive({ item: fields })
const layersAt = (path: string) => dockerArchive({ item: { Layers: [path] }, layerFiles: [] })
const inPlace = (header: object) => () =>
  dockerArchive({ layerFiles: [{ name: '0/layer.tar', ...header }] })

const isGood: HostileCase['contained'] = async (host) => {
  expect((await host.exported('hostile:1')).get('etc/motd')).toBe('good morning\n')
}

const whole: HostileCase[] = [
  { name: 'nothing at all', route: 'load', bytes: () => Buffer.alloc(0), refused: /it is empty/ },
  {
    name: 'a web page',
    route: 'load',
    bytes: () => Buffer.from('<!doctype html><title>404</title>'.repeat(40)),
    refused: /number is not octal|wrong checksum/,
  },
  {
    name: 'cut in a header',
    route: 'load',
    bytes: async () => (await good()).subarray(0, 300),
    refused: /ends too early/,
  },
  {
    name: 'cut in a layer',
    route: 'load',
    bytes: async () => (await good()).subarray(0, 1200),
    refused: /ends too early/,
  },
  {
    name: 'cut before manifest.json',
    route: 'load',
    bytes: async () => (await good()).subarray(0, 3584),
    refused: /neither manifest.json nor index.json|ends too early/,
  },
  {
    name: 'gzip, cut',
    route: 'load',
    bytes: async () => gzipSync(await good()).subarray(0, -20),
    refused: /unexpected end of file|ends too early/,
  },
  {
    name: 'gzip with a wrong checksum',
    route: 'load',
    bytes: async () => {
      const packed = gzipSync(await good())
      packed.writeUInt32LE(1, packed.length - 8)
      return packed
    },
    refused: /incorrect data check/,
  },
  {
    name: 'zstd, cut',
    route: 'load',
    bytes: async () => zstd(await good()).subarray(0, -20),
    refused: /ends too early/,
  },
  {
    name: 'gzip in gzip',
    route: 'load',
    bytes: async () => gzipSync(gzipSync(await good())),
    refused: /checksum|ends too early|octal/,
  },
  {
    name: 'packed by xz',
    route: 'load',
    bytes: () => Buffer.concat([Buffer.from('fd377a585a000004', 'hex'), Buffer.alloc(600, 1)]),
    refused: /xz/,
  },
  {
    name: 'packed by bzip2',
    route: 'load',
    bytes: () => Buffer.concat([Buffer.from('BZh91AY&SY'), Buffer.alloc(600, 1)]),
    refused: /bzip2/,
  },
  {
    name: 'bytes after the end of the archive',
    route: 'load',
    bytes: async () => Buffer.concat([await good(), Buffer.alloc(5000, 'trailing')]),
    contained: isGood,
  },
  {
    name: 'bytes after the end of the gzip stream',
    route: 'load',
    bytes: async () => Buffer.concat([gzipSync(await good()), Buffer.alloc(5000, 'trailing')]),
    refused: /incorrect header check/,
  },
  {
    name: 'a gzip bomb: zeros without end',
    route: 'load',
    bytes: () => repeated(gzipSync(Buffer.alloc(1 << 26)), 16),
    refused: /neither manifest.json nor index.json/,
  },
  {
    name: 'a gzip bomb: a layer larger than the disk',
    route: 'load',
    bytes: () =>
      repeatedAfter(
        gzipSync(rawEntry({ name: 'layer.tar', size: base256(2n ** 40n) }).subarray(0, 512)),
        gzipSync(rawEntry({ name: 'big', content: Buffer.alloc(1 << 24, 'bomb') })),
        64,
      ),
    refused: /disk is full|No space/i,
  },
  {
    name: 'a zstd bomb: a layer larger than the disk',
    route: 'load',
    bytes: () =>
      repeatedAfter(
        zstd(rawEntry({ name: 'layer.tar', size: base256(2n ** 40n) }).subarray(0, 512)),
        zstd(rawEntry({ name: 'big', content: Buffer.alloc(1 << 24, 'bomb') })),
        64,
      ),
    refused: /disk is full|No space/i,
  },
  {
    name: 'a zstd frame that wants all the memory',
    route: 'load',
    // Magic, no single segment, a window of 2 GiB (RFC 8878, 3.1.1.1.2).
    bytes: () => Buffer.concat([Buffer.from('28b52ffd00a8', 'hex'), Buffer.alloc(100)]),
    refused: /it wants 2147483648 bytes of memory at once/,
  },
  {
    name: 'a zstd frame of 128 MiB window',
    route: 'load',
    bytes: () => zstd(Buffer.alloc(160 << 20), '--long=27'),
    refused: /it wants 134217728 bytes of memory at once/,
  },
  {
    name: 'more files than any image has',
    route: 'load',
    bytes: () => repeated(Buffer.concat(Array.from({ length: 4096 }, file)), 60),
    refused: /too many files/,
  },
  {
    name: 'documents that would fill the memory',
    route: 'load',
    bytes: () => {
      const body = rawEntry({ name: 'x.json', content: Buffer.alloc(3 << 20, '[') })
      return (async function* () {
        for (let at = 0; at < 30; at++) {
          yield rawEntry({
            name: `${at}.json`,
            size: (3 << 20).toString(8).padStart(11, '0'),
          }).subarray(0, 512)
          yield body.subarray(512)
        }
      })()
    },
    refused: /documents are too large/,
  },
]

let number = 0
const file = () => rawEntry({ name: `f${number++}`, type: '5' })

async function* repeatedAfter(first: Buffer, piece: Buffer, times: number) {
  yield first
  yield* repeated(piece, times)
}

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

const layers: HostileCase[] = [
  {
    name: 'a layer that is a link to a file of the machine',
    route: 'load',
    bytes: ({ around }) => inPlace({ type: 'symlink', linkname: `${around}/secret` })(),
    refused: /the layer 0\/layer.tar is missing/,
  },
  {
    name: 'a layer that is a link upwards',
    route: 'load',
    bytes: inPlace({ type: 'symlink', linkname: '../../../../../secret' }),
    refused: /the layer 0\/layer.tar is missing/,
  },
  {
    name: 'a layer that is a hard link upwards',
    route: 'load',
    bytes: inPlace({ type: 'link', linkname: '../../../../secret' }),
    refused: /the layer 0\/layer.tar is missing/,
  },
  {
    name: 'a layer that is a link to itself',
    route: 'load',
    bytes: inPlace({ type: 'symlink', linkname: 'layer.tar' }),
    refused: /is a link to itself/,
  },
  {
    name: 'a layer that is a folder',
    route: 'load',
    bytes: inPlace({ type: 'directory' }),
    refused: /is missing/,
  },
  {
    name: 'a layer that is a disk',
    route: 'load',
    bytes: inPlace({ type: 'block-device', devmajor: 8 }),
    refused: /is missing/,
  },
  {
    name: 'a layer that is a pipe',
    route: 'load',
    bytes: inPlace({ type: 'fifo' }),
    refused: /is missing/,
  },
  {
    name: 'a layer that is text',
    route: 'load',
    bytes: inPlace({ content: 'no tar' }),
    refused: /ends too early/,
  },
  {
    name: 'a layer without a byte',
    route: 'load',
    bytes: inPlace({ content: '' }),
    refused: /it is empty/,
  },
  {
    name: 'a layer that is another one than the config says',
    route: 'load',
    bytes: async () => dockerArchive({ config: configOf([Buffer.from('other')]) }),
    refused: /not what was announced|What arrived/,
  },
  {
    name: 'a layer that is cut',
    route: 'load',
    bytes: async () => inPlace({ content: (await goodLayer()).subarray(0, 1030) })(),
    refused: /ends too early/,
  },
  {
    name: 'a file of 8 EiB that is not there',
    route: 'load',
    bytes: () => rawTar({ name: 'layer.tar', size: base256(2n ** 53n - 1n) }),
    refused: /ends too early/,
  },
  {
    name: 'a layer that is a sparse file of 1 PiB',
    route: 'load',
    bytes: () =>
      rawTar({
        name: 'layer.tar',
        type: 'S',
        content: 'abc',
        sparse: {
          offset: '00000000000',
          length: '00000000003',
          realSize: base256(2n ** 50n),
        },
      }),
    refused: /sparse/,
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

export const loadCases = [...whole, ...manifests, ...layers, ...configs]
