/** `docker load`: OCI layouts. */
import { sha256 } from '../cli/harness/tar'
import { expect } from 'vitest'
import type { HostileCase } from './case'
import {
  configOf,
  describeBlob,
  digest,
  goodLayer,
  INDEX,
  json,
  LAYER,
  layout,
  MANIFEST,
  ociImage,
} from './images'

/** A layout of an image whose documents were made with these parts. */
async function wrong(parts: Parameters<typeof ociImage>[0], entry: object = {}): Promise<Buffer> {
  const { layer, config, manifest } = await ociImage(parts)
  return layout({
    manifests: [describeBlob(manifest, MANIFEST, entry)],
    blobs: [layer, config, manifest],
  })
}

/** A layout without one of its blobs, or with other bytes under its name. */
async function without(name: 'layer' | 'config' | 'manifest', instead?: Buffer): Promise<Buffer> {
  const image = await ociImage()
  const blobs = Object.entries(image).filter(([key]) => key !== name)
  return layout({
    manifests: [describeBlob(image.manifest, MANIFEST)],
    blobs: blobs.map(([, bytes]) => bytes),
    files: instead ? [{ name: `blobs/sha256/${sha256(image[name])}`, content: instead }] : [],
  })
}

/** The image is there under its id, with the file that it should have. */
const theOnlyImage: HostileCase['contained'] = async (host) => {
  const id = await imageId()
  expect((await host.exported(`sha256:${id}`)).get('etc/motd')).toBe('good morning\n')
}

const imageId = async (): Promise<string> => sha256((await ociImage()).config)

const index = (bytes: Buffer | string) => () => layout({ index: Buffer.from(bytes) })

export const layoutCases: HostileCase[] = [
  {
    name: 'no manifest',
    route: 'load',
    bytes: () => without('manifest'),
    refused: /the manifest sha256:\w+ is missing/,
  },
  {
    name: 'no config',
    route: 'load',
    bytes: () => without('config'),
    refused: /the config sha256:\w+ is missing/,
  },
  {
    name: 'no layer',
    route: 'load',
    bytes: () => without('layer'),
    refused: /the layer sha256:\w+ is missing/,
  },
  {
    name: 'another manifest under its digest',
    route: 'load',
    bytes: async () => without('manifest', (await ociImage({ manifest: { x: 1 } })).manifest),
    refused: /What arrived/,
  },
  {
    name: 'another config under its digest',
    route: 'load',
    bytes: () => without('config', configOf([Buffer.from('x')])),
    refused: /What arrived/,
  },
  {
    name: 'another layer under its digest',
    route: 'load',
    bytes: async () => without('layer', Buffer.concat([await goodLayer(), Buffer.alloc(512)])),
    refused: /What arrived/,
  },
  {
    name: 'a wrong size of the manifest',
    route: 'load',
    bytes: () => wrong({}, { size: 7 }),
    refused: /the size of sha256:\w+ is wrong/,
  },
  {
    name: 'a wrong size of a layer',
    route: 'load',
    bytes: async () => wrong({ layers: [describeBlob(await goodLayer(), LAYER, { size: 1 })] }),
    refused: /the size of sha256:\w+ is wrong/,
  },
  {
    name: 'a negative size',
    route: 'load',
    bytes: () => wrong({}, { size: -1 }),
    refused: /index.json: manifests.0.size/,
  },
  {
    name: 'a size of 1e300',
    route: 'load',
    bytes: async () =>
      layout({
        index: Buffer.from(
          json({ schemaVersion: 2, manifests: [describeBlob(Buffer.from('x'), MANIFEST)] })
            .toString()
            .replace('"size":1', '"size":1e300'),
        ),
      }),
    refused: /index.json: manifests.0.size/,
  },
  {
    name: 'more layers than the config has',
    route: 'load',
    bytes: async () => {
      const one = describeBlob(await goodLayer(), LAYER)
      return wrong({ layers: [one, one] })
    },
    refused: /expected 1, got 2/,
  },
  {
    name: 'fewer layers than the config has',
    route: 'load',
    bytes: () => wrong({ layers: [] }),
    refused: /expected 1, got 0/,
  },
  {
    name: 'a config for another layer',
    route: 'load',
    bytes: () => wrong({ config: configOf([Buffer.from('x')]) }),
    refused: /What arrived/,
  },
  {
    name: 'a digest that is a path',
    route: 'load',
    bytes: () => wrong({}, { digest: 'sha256:../../../../../../secret' }),
    refused: /not a sha256 or sha512 digest/,
  },
  {
    name: 'a digest in capitals',
    route: 'load',
    bytes: async () => wrong({}, { digest: `sha256:${sha256('x').toUpperCase()}` }),
    refused: /not a sha256 or sha512 digest/,
  },
  {
    name: 'a digest by md5',
    route: 'load',
    bytes: () => wrong({}, { digest: `md5:${'0'.repeat(32)}` }),
    refused: /not a sha256 or sha512 digest/,
  },
  {
    name: 'a blob whose name leads out',
    route: 'load',
    bytes: async () => {
      const { manifest, config } = await ociImage()
      return layout({
        manifests: [describeBlob(manifest, MANIFEST)],
        blobs: [manifest, config],
        files: [
          { name: 'blobs/sha256/../../../../../../lamina-was-here', content: await goodLayer() },
        ],
      })
    },
    contained: theOnlyImage,
  },
  {
    name: 'an index that says it is a manifest',
    route: 'load',
    bytes: async () => {
      const inner = json({ schemaVersion: 2, manifests: [] })
      return layout({ manifests: [describeBlob(inner, MANIFEST)], blobs: [inner] })
    },
    refused: /manifest and an index at once/,
  },
  {
    name: 'a manifest that says it is an index',
    route: 'load',
    bytes: () => wrong({}, { mediaType: INDEX }),
    refused: /manifest and an index at once/,
  },
  {
    name: 'a manifest that says it is a picture',
    route: 'load',
    bytes: () => wrong({}, { mediaType: 'image/png' }),
    refused: /names no image/,
  },
  {
    name: 'a plain layer that says it is packed by gzip',
    route: 'load',
    bytes: async () => wrong({ layers: [describeBlob(await goodLayer(), `${LAYER}+gzip`)] }),
    contained: theOnlyImage,
  },
  {
    name: 'a document that is a manifest and an index at once',
    route: 'load',
    bytes: () => wrong({ manifest: { manifests: [] } }),
    refused: /a manifest and an index at once/,
  },
  {
    name: 'a layer of a strange type',
    route: 'load',
    bytes: async () => wrong({ layers: [describeBlob(await goodLayer(), 'text/html')] }),
    refused: /layers of the type text\/html/,
  },
  {
    name: 'indexes in indexes in indexes in indexes in indexes',
    route: 'load',
    bytes: async () => {
      const { layer, config, manifest } = await ociImage()
      const blobs = [layer, config, manifest]
      let entry = describeBlob(manifest, MANIFEST)
      for (let depth = 0; depth < 7; depth++) {
        const bytes = json({ schemaVersion: 2, manifests: [entry] })
        blobs.push(bytes)
        entry = describeBlob(bytes, INDEX)
      }
      return layout({ manifests: [entry], blobs })
    },
    refused: /nested too deeply/,
  },
  {
    name: 'an index that names itself',
    route: 'load',
    bytes: () => {
      // No bytes have their own digest in them: so what lies under the name is another index.
      const outer = json({ schemaVersion: 2, manifests: [] })
      const self = describeBlob(outer, INDEX)
      const content = json({ schemaVersion: 2, manifests: [self] })
      const name = `blobs/sha256/${sha256(outer)}`
      return layout({ manifests: [self], files: [{ name, content }] })
    },
    refused: /What arrived/,
  },
  {
    name: 'indexes that multiply: a thousand of a thousand of a thousand',
    route: 'load',
    bytes: async () => {
      const { layer, config, manifest } = await ociImage()
      const blobs = [layer, config, manifest]
      let entry = describeBlob(manifest, MANIFEST)
      for (let depth = 0; depth < 3; depth++) {
        const manifests = Array.from({ length: 1000 }, () => entry)
        const bytes = json({ schemaVersion: 2, manifests })
        blobs.push(bytes)
        entry = describeBlob(bytes, INDEX)
      }
      return layout({ manifests: [entry], blobs })
    },
    contained: theOnlyImage,
  },
  {
    name: 'index.json: 5 MiB',
    route: 'load',
    bytes: index(`["${'x'.repeat(5 << 20)}"]`),
    refused: /index.json is larger than/,
  },
  {
    name: 'index.json: a key twice',
    route: 'load',
    bytes: index('{"schemaVersion":2,"manifests":[],"manifests":[{}]}'),
    refused: /the key manifests stands twice/,
  },
  {
    name: 'index.json: no images',
    route: 'load',
    bytes: index('{"schemaVersion":2,"manifests":[]}'),
    refused: /names no image/,
  },
  {
    name: 'index.json: of another age',
    route: 'load',
    bytes: index('{"schemaVersion":1,"manifests":[]}'),
    refused: /schemaVersion/,
  },
  {
    name: 'index.json: a name that is a path',
    route: 'load',
    bytes: () =>
      wrong({}, { annotations: { 'org.opencontainers.image.ref.name': '../../etc/passwd:x' } }),
    refused: /invalid name/,
  },
  {
    name: 'a manifest with 10,001 layers',
    route: 'load',
    bytes: async () => {
      const one = { mediaType: LAYER, digest: digest(Buffer.from('x')), size: 1 }
      return wrong({ layers: Array.from({ length: 10_001 }, () => one) })
    },
    refused: /layers.*10000|10000/,
  },
]
