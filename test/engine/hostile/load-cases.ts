/** `docker load`: archives of the docker-save kind. */
import { gzipSync } from 'node:zlib'
import { zstd } from '../image/stores'
import { isGood, repeated, type HostileCase } from './case'
import { configOf, dockerArchive, goodLayer } from './images'
import { base256, hugeSparse, rawEntry, rawTar } from './tar-bytes'
import { documentCases } from './document-cases'

const good = () => dockerArchive()
const inPlace = (header: object) => () =>
  dockerArchive({ layerFiles: [{ name: '0/layer.tar', ...header }] })

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
    refused: /a window of 2048 MiB, and 32 MiB at most are taken/,
  },
  {
    name: 'a zstd frame of 128 MiB window',
    route: 'load',
    bytes: () => zstd(Buffer.alloc(160 << 20), '--long=27'),
    refused: /a window of 128 MiB, and 32 MiB at most are taken/,
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
    bytes: () => rawTar(hugeSparse('layer.tar')),
    refused: /sparse/,
  },
]

export const loadCases = [...whole, ...documentCases, ...layers]
