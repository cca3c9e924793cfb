/** A registry under test: requests to it, and the steps that cases have in common. */
import { createHash, randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { send, type WireAnswer, type WireRequest } from './wire'

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
export const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json'
export const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip'
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
export const DOCKER_INDEX = 'application/vnd.docker.distribution.manifest.list.v2+json'
const ACCEPT = [OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_INDEX].join(', ')

export interface Sent {
  digest: string
  bytes: Buffer
}

export function digestOf(bytes: Buffer | string, algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`
}

export function content(size = 200): Sent {
  const bytes = randomBytes(size)
  return { bytes, digest: digestOf(bytes) }
}

let count = 0

export class RegistryUnderTest {
  /** @param base `http://127.0.0.1:5000` */
  constructor(
    readonly base: string,
    readonly common: WireRequest = {},
  ) {}

  /** A repository that no other case uses. */
  repository(): string {
    return `conformance/case-${process.pid}-${Date.now().toString(36)}-${count++}`
  }

  send(method: string, target: string, request: WireRequest = {}): Promise<WireAnswer> {
    return send(this.base, method, target, { ...this.common, ...request })
  }

  /** POST; answers with the location of the upload. */
  async begin(repository: string): Promise<string> {
    const answer = await this.send('POST', `/v2/${repository}/blobs/uploads/`)
    expect(answer.status).toBe(202)
    return location(answer)
  }

  async pushBlob(repository: string, blob: Sent = content()): Promise<Sent> {
    const put = await this.finish(await this.begin(repository), blob.digest, blob.bytes)
    expect(put.status).toBe(201)
    return blob
  }

  patch(upload: string, bytes: Buffer, start?: number): Promise<WireAnswer> {
    const headers: Record<string, string> = { 'content-type': 'application/octet-stream' }
    if (start !== undefined) headers['content-range'] = `${start}-${start + bytes.length - 1}`
    return this.send('PATCH', upload, { headers, body: bytes })
  }

  finish(upload: string, digest: string, bytes: Buffer = Buffer.alloc(0)): Promise<WireAnswer> {
    return this.send('PUT', withQuery(upload, { digest }), {
      headers: { 'content-type': 'application/octet-stream' },
      body: bytes,
    })
  }

  putManifest(
    repository: string,
    reference: string,
    bytes: Buffer,
    type = OCI_MANIFEST,
  ): Promise<WireAnswer> {
    return this.send('PUT', `/v2/${repository}/manifests/${reference}`, {
      headers: { 'content-type': type },
      body: bytes,
    })
  }

  getManifest(repository: string, reference: string, method = 'GET'): Promise<WireAnswer> {
    return this.send(method, `/v2/${repository}/manifests/${reference}`, {
      headers: { accept: ACCEPT },
    })
  }

  /** Pushes an image of one layer, with a tag when `tag` is given. */
  async pushImage(repository: string, tag?: string, fields: object = {}): Promise<Sent> {
    const image = await this.image(repository, fields)
    const put = await this.putManifest(repository, tag ?? image.digest, image.bytes)
    expect(put.status).toBe(201)
    return image
  }

  /** Its blobs are there; the manifest is only made. */
  async image(repository: string, fields: object = {}): Promise<Sent> {
    const config = await this.pushBlob(repository, content(60))
    const layer = await this.pushBlob(repository)
    return manifestOf(config, [layer], fields)
  }
}

/** `fields` beside or instead of the usual ones. Spaces and order are part of a manifest's bytes. */
export function manifestOf(config: Sent, layers: readonly Sent[], fields: object = {}): Sent {
  return document({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: OCI_CONFIG, digest: config.digest, size: config.bytes.length },
    layers: layers.map(({ digest, bytes }) => ({
      mediaType: OCI_LAYER,
      digest,
      size: bytes.length,
    })),
    ...fields,
  })
}

export function indexOf(manifests: readonly Sent[], fields: object = {}): Sent {
  return document({
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: manifests.map(({ digest, bytes }, at) => ({
      ...{ mediaType: OCI_MANIFEST, digest, size: bytes.length },
      platform: { os: 'linux', architecture: at === 0 ? 'amd64' : 'arm64' },
    })),
    ...fields,
  })
}

export function document(value: object): Sent {
  const bytes = Buffer.from(`${JSON.stringify(value, null, 3)}\n`)
  return { bytes, digest: digestOf(bytes) }
}

export function location(answer: WireAnswer): string {
  expect(answer.headers.location).toBeTruthy()
  return answer.headers.location as string
}

export function withQuery(target: string, query: Record<string, string>): string {
  return `${target}${target.includes('?') ? '&' : '?'}${new URLSearchParams(query)}`
}

/** All codes that there are (spec.md, "Error Codes"), and the one of Docker's that it allows. */
const CODES = [
  ...['BLOB_UNKNOWN', 'BLOB_UPLOAD_INVALID', 'BLOB_UPLOAD_UNKNOWN', 'DIGEST_INVALID'],
  ...['MANIFEST_BLOB_UNKNOWN', 'MANIFEST_INVALID', 'MANIFEST_UNKNOWN', 'NAME_INVALID'],
  ...['NAME_UNKNOWN', 'SIZE_INVALID', 'UNAUTHORIZED', 'DENIED', 'UNSUPPORTED', 'TOOMANYREQUESTS'],
  'TAG_INVALID',
]

/** The codes of an answer in the spec's form of errors. */
export function codes(answer: WireAnswer): string[] {
  const { errors } = JSON.parse(answer.body.toString()) as { errors: { code: string }[] }
  expect(answer.headers['content-type']).toMatch(/^application\/json/)
  const found = errors.map(({ code }) => code)
  expect(CODES).toEqual(expect.arrayContaining(found))
  return found
}

export function json(answer: WireAnswer): unknown {
  return JSON.parse(answer.body.toString())
}

export interface Case {
  name: string
  /** Holds for docker-registry 2.8.2, too. */
  core: boolean
  run: (registry: RegistryUnderTest) => Promise<void>
}

/** A case that every registry passes. */
export function core(name: string, run: Case['run']): Case {
  return { name, core: true, run }
}

/** A case of what docker-registry 2.8.2 lacks or does in another way. */
export function full(name: string, run: Case['run']): Case {
  return { name, core: false, run }
}
