import { expect, it } from 'vitest'
import { chainIds } from '../../../src/engine/oci/chain-id'
import { Digester, digestOf, isDigest } from '../../../src/engine/oci/digest'
import { parseImageConfig } from '../../../src/engine/oci/image-config'
import { parseManifest } from '../../../src/engine/oci/manifest'
import {
  layerCompression,
  layerMediaType,
  sniffCompression,
} from '../../../src/engine/oci/media-types'

const EMPTY = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

it('reads digests', () => {
  expect(isDigest(EMPTY)).toBe(true)
  for (const bad of [
    '',
    'sha256:',
    EMPTY.toUpperCase(),
    `${EMPTY}0`,
    EMPTY.slice(7),
    `${EMPTY}\n`,
  ]) {
    expect(isDigest(bad)).toBe(false)
  }
  expect(digestOf('')).toBe(EMPTY)
  expect(isDigest(digestOf('', 'sha512'))).toBe(true)
  const digester = new Digester()
  digester.update(Buffer.from('ab'))
  digester.update(Buffer.from('c'))
  expect([digester.size, digester.digest()]).toEqual([3, digestOf('abc')])
})

it('makes chain ids as the specification does', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((text) => digestOf(text)) as [never, never, never]
  const ab = digestOf(`${a} ${b}`)
  expect(chainIds([a, b, c])).toEqual([a, ab, digestOf(`${ab} ${c}`)])
})

it('reads configs as Go writes them, with null for what is empty', () => {
  const config = parseImageConfig(
    Buffer.from(
      `{"architecture":"amd64","os":"linux","config":{"Env":null,"Cmd":["sh"],"Volumes":null},"rootfs":{"type":"layers","diff_ids":["${EMPTY}"]},"history":null,"unknown":1}`,
    ),
  )
  expect(config.history).toEqual([])
  expect(config.rootfs.diff_ids).toEqual([EMPTY])
  expect(config['unknown']).toBe(1)
  expect(() => parseImageConfig(Buffer.from('{"architecture":"amd64","os":"linux"}'))).toThrow(
    expect.objectContaining({ code: 'document_invalid' }),
  )
})

it('refuses manifests with sizes or digests that cannot be', () => {
  const manifest = (digest: string, size: number) =>
    Buffer.from(
      JSON.stringify({ schemaVersion: 2, config: { mediaType: 'x', digest, size }, layers: [] }),
    )
  expect(parseManifest(manifest(EMPTY, 0)).config.digest).toBe(EMPTY)
  for (const bad of [manifest(EMPTY, -1), manifest('md5:00', 1), manifest('../x', 1)]) {
    expect(() => parseManifest(bad)).toThrow(expect.objectContaining({ code: 'document_invalid' }))
  }
})

it('knows how layers are packed', () => {
  for (const compression of ['none', 'gzip', 'zstd'] as const) {
    expect(layerCompression(layerMediaType(compression, 'oci'))).toBe(compression)
    expect(layerCompression(layerMediaType(compression, 'docker'))).toBe(compression)
  }
  expect(layerCompression('application/json')).toBeNull()
  expect(sniffCompression(Buffer.from([0x1f, 0x8b, 8, 0]))).toBe('gzip')
  expect(sniffCompression(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]))).toBe('zstd')
  expect(sniffCompression(Buffer.alloc(0))).toBe('none')
})
