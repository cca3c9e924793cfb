/** `docker pull` from a registry that lies. */
import { gzipSync } from 'node:zlib'
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
  MANIFEST,
  ociImage,
} from './images'
import { blobPath, endless, typed, type Lie, type LyingRegistry } from './lying-registry'
import { base256, rawEntry } from './tar-bytes'

type Answers = Record<string, Lie | Buffer>

/** All answers of a good image, made with these parts, and changed. */
async function image(
  parts: Parameters<typeof ociImage>[0] = {},
  change: (answers: Answers, image: Awaited<ReturnType<typeof ociImage>>) => void = () => undefined,
): Promise<Answers> {
  const made = await ociImage(parts)
  const answers: Answers = {
    'manifests/1': typed(made.manifest, MANIFEST),
    [blobPath(made.config)]: made.config,
    [blobPath(made.layer)]: made.layer,
  }
  change(answers, made)
  return answers
}

const manifest =
  (bytes: Buffer | string, mediaType = MANIFEST, headers: Record<string, string> = {}) =>
  (): Answers => ({ 'manifests/1': typed(Buffer.from(bytes), mediaType, headers) })

/** Bytes of the same length that are not the same. */
const other = (bytes: Buffer): Buffer => {
  const changed = Buffer.from(bytes)
  changed[changed.length - 1] = (changed.at(-1) as number) ^ 1
  return changed
}

export function pullCases(registry: LyingRegistry): HostileCase[] {
  const refused = (
    name: string,
    answers: () => Answers | Promise<Answers>,
    why: RegExp,
  ): HostileCase => ({
    name,
    route: 'pull',
    bytes: async () => Buffer.from(registry.repository(await answers())),
    refused: why,
  })
  return [
    refused(
      'a manifest of 5 MiB',
      manifest(`{"x":"${'x'.repeat(5 << 20)}"}`),
      /more than 4194304 bytes/,
    ),
    refused(
      'a manifest without an end',
      () => ({ 'manifests/1': endless(MANIFEST, Buffer.alloc(65_536, 'x')) }),
      /more than 4194304 bytes/,
    ),
    refused('a manifest that is a page', manifest('<html>', 'text/html'), /./),
    refused(
      'a manifest with a key twice',
      manifest('{"schemaVersion":2,"schemaVersion":2}'),
      /stands twice/,
    ),
    refused('a manifest that is a list', manifest('[]'), /object/),
    refused(
      'a manifest of the first schema',
      manifest('{"schemaVersion":1}', 'application/vnd.docker.distribution.manifest.v1+json'),
      /manifest of the type|schemaVersion/,
    ),
    refused(
      'another manifest than the header says',
      () =>
        image({}, (answers, { manifest: bytes }) => {
          const header = { 'docker-content-digest': digest(Buffer.from('x')) }
          answers['manifests/1'] = typed(bytes, MANIFEST, header)
        }),
      /was promised|digest/,
    ),
    refused(
      'other bytes of the config',
      () => image({}, (answers, { config }) => void (answers[blobPath(config)] = other(config))),
      /other bytes|digest/i,
    ),
    refused(
      'other bytes of a layer',
      () => image({}, (answers, { layer }) => void (answers[blobPath(layer)] = other(layer))),
      /follows the end of the archive/,
    ),
    refused(
      'a layer that is cut',
      () =>
        image(
          {},
          (answers, { layer }) => void (answers[blobPath(layer)] = layer.subarray(0, -600)),
        ),
      /cut short/,
    ),
    refused(
      'a layer without an end',
      () =>
        image({}, (answers, { layer }) => {
          answers[blobPath(layer)] = endless('application/octet-stream', Buffer.alloc(65_536))
        }),
      /digest|more bytes/i,
    ),
    refused(
      'a config without an end',
      () =>
        image({}, (answers, { config }) => {
          answers[blobPath(config)] = endless('application/octet-stream', Buffer.alloc(65_536))
        }),
      /other bytes|digest/i,
    ),
    refused(
      'a config for another layer',
      () => image({ config: configOf([Buffer.from('x')]) }),
      /diffID|digest/i,
    ),
    refused('a config that is no object', () => image({ config: Buffer.from('[1]') }), /object/),
    refused(
      'more layers than the config has',
      async () => {
        const one = describeBlob(await goodLayer(), LAYER)
        return image({ layers: [one, one] })
      },
      /2 layers, but 1 diff ids/,
    ),
    refused(
      'fewer layers than the config has',
      () => image({ layers: [] }),
      /0 layers, but 1 diff ids/,
    ),
    refused(
      'no layer',
      () => image({}, (answers, { layer }) => void delete answers[blobPath(layer)]),
      /not found|unknown|does not have/i,
    ),
    refused(
      'no config',
      () => image({}, (answers, { config }) => void delete answers[blobPath(config)]),
      /not found|unknown|does not have/i,
    ),
    refused(
      'a layer of a strange type',
      async () => image({ layers: [describeBlob(await goodLayer(), 'application/x-sh')] }),
      /layer of the type application\/x-sh/,
    ),
    refused(
      'a layer with a size below zero',
      async () => image({ layers: [describeBlob(await goodLayer(), LAYER, { size: -1 })] }),
      /layers.0.size/,
    ),
    refused(
      'a layer that says it has 1 PiB',
      async () => image({ layers: [describeBlob(await goodLayer(), LAYER, { size: 2 ** 50 })] }),
      /of 1125899906842624 bytes|digest/,
    ),
    refused(
      'a config that says it has 1 GiB',
      () => image({ configDescriptor: { size: 2 ** 30 } }),
      /larger than 4194304 bytes/,
    ),
    refused(
      'a digest that is a path',
      async () => {
        const descriptor = { digest: 'sha256:../../../../../../etc/passwd' }
        return image({ configDescriptor: descriptor })
      },
      /not a sha256 or sha512 digest/,
    ),
    refused(
      'indexes in indexes in indexes in indexes',
      async () => {
        const { manifest: bytes } = await ociImage()
        const answers: Answers = {}
        let entry = describeBlob(bytes, MANIFEST)
        let last = bytes
        for (let depth = 0; depth < 6; depth++) {
          last = json({ schemaVersion: 2, manifests: [entry] })
          entry = describeBlob(last, INDEX)
          answers[`manifests/${entry.digest}`] = typed(last, INDEX)
        }
        answers['manifests/1'] = typed(last, INDEX)
        return answers
      },
      /indexes within indexes/,
    ),
    refused(
      'an index that names itself',
      () => {
        const self = { mediaType: INDEX, digest: digest(Buffer.from('self')), size: 4 }
        const bytes = json({ schemaVersion: 2, manifests: [self] })
        return {
          'manifests/1': typed(bytes, INDEX),
          [`manifests/${self.digest}`]: typed(bytes, INDEX),
        }
      },
      /was promised|digest/,
    ),
    refused(
      'a redirect to a file',
      () => ({ 'manifests/1': redirect('file:///etc/passwd') }),
      /file:|redirect|reach/i,
    ),
    refused(
      'a redirect to itself',
      () => ({ 'manifests/1': redirect('?again') }),
      /more than 8 redirects/,
    ),
    refused(
      'an error of 50 MB',
      () => ({
        'manifests/1': (_request, response) => {
          response.statusCode = 500
          response.end(Buffer.alloc(50 << 20, '{'))
        },
      }),
      /500|more than/,
    ),
    refused(
      'a layer that is a gzip bomb: another tar than the config says',
      async () => {
        const bomb = Buffer.concat([
          gzipSync(rawEntry({ name: 'b', size: base256(2n ** 30n) }).subarray(0, 512)),
          ...Array.from({ length: 16 }, () => zeros()),
        ])
        return image({
          layer: bomb,
          config: configOf([Buffer.from('x')]),
          layers: [describeBlob(bomb, `${LAYER}+gzip`)],
        })
      },
      /diffID|digest/i,
    ),
    {
      name: 'a plain layer that says it is packed by zstd',
      route: 'pull',
      bytes: async () => {
        const one = describeBlob(await goodLayer(), `${LAYER}+zstd`)
        return Buffer.from(registry.repository(await image({ layers: [one] })))
      },
      contained: async (host) => {
        const [{ RepoTags }] = JSON.parse((await host.send('GET', '/images/json')).text) as [
          { RepoTags: string[] },
        ]
        expect((await host.exported(RepoTags[0] as string)).get('etc/motd')).toBe('good morning\n')
      },
    },
  ]
}

let packed: Buffer | null = null
const zeros = (): Buffer => (packed ??= gzipSync(Buffer.alloc(1 << 26)))

function redirect(location: string): Lie {
  return (_request, response) => {
    response.writeHead(307, { location })
    response.end()
  }
}
