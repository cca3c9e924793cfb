/** Images made on the spot and put into a registry by plain HTTP, and what a registry has, read so. */
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'
const ACCEPT = [
  MANIFEST,
  INDEX,
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ')

export interface Descriptor {
  mediaType: string
  digest: string
  size: number
}

export interface ImageParts {
  /** Each layer has one file with this text. */
  layers: string[]
  architecture?: string
  created?: string
  env?: string[]
  labels?: Record<string, string>
}

/** One repository of a registry that asks nobody's name. */
export class RemoteRepository {
  constructor(
    readonly url: string,
    readonly name: string,
  ) {}

  /** PUTs layers, config and manifest; `tag` null: by digest alone. */
  async push(tag: string | null, parts: ImageParts): Promise<Descriptor> {
    const { layers: texts, architecture = 'amd64', created = '2026-01-02T03:04:05Z' } = parts
    const tars = await Promise.all(texts.map((text, at) => tarOf(`layer-${at}.txt`, text)))
    const layers: Descriptor[] = []
    for (const tar of tars) {
      const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip'
      layers.push(await this.putBlob(gzipSync(tar), mediaType))
    }
    const config = {
      created,
      architecture,
      os: 'linux',
      config: { Env: parts.env ?? ['PATH=/bin'], Cmd: ['sh'], Labels: parts.labels ?? {} },
      rootfs: { type: 'layers', diff_ids: tars.map(sha256) },
      history: texts.map((text) => ({ created, created_by: `COPY ${text.slice(0, 40)} /` })),
    }
    const bytes = Buffer.from(JSON.stringify(config))
    const descriptor = await this.putBlob(bytes, 'application/vnd.oci.image.config.v1+json')
    const manifest = { schemaVersion: 2, mediaType: MANIFEST, config: descriptor, layers }
    return this.putManifest(tag, MANIFEST, manifest)
  }

  /** An index of images that are there. */
  index(
    tag: string,
    manifests: (Descriptor & { platform: { os: string; architecture: string } })[],
  ): Promise<Descriptor> {
    return this.putManifest(tag, INDEX, { schemaVersion: 2, mediaType: INDEX, manifests })
  }

  /** Gives what stands under `from` another name. */
  async tag(from: string, tag: string): Promise<void> {
    const found = await this.ask(`manifests/${from}`, { headers: { accept: ACCEPT } })
    const body = Buffer.from(await found.arrayBuffer())
    const headers = { 'content-type': found.headers.get('content-type') ?? '' }
    await this.ask(`manifests/${tag}`, { method: 'PUT', headers, body }, 201)
  }

  /** Sorted. */
  async tags(): Promise<string[]> {
    const answer = await fetch(`${this.url}/v2/${this.name}/tags/list`)
    if (answer.status === 404) return []
    const { tags } = (await answer.json()) as { tags: string[] | null }
    return [...(tags ?? [])].sort()
  }

  /** What a tag stands for, by the bytes that come; null where there is none. */
  async digest(tag: string): Promise<string | null> {
    const url = `${this.url}/v2/${this.name}/manifests/${tag}`
    const answer = await fetch(url, { headers: { accept: ACCEPT } })
    if (answer.status === 404) return null
    if (answer.status !== 200) throw new Error(`${url}: ${answer.status}`)
    return sha256(Buffer.from(await answer.arrayBuffer()))
  }

  /** Every blob of an image, read and compared with its digest; an index is followed. */
  async verify(reference: string): Promise<void> {
    const answer = await this.ask(`manifests/${reference}`, { headers: { accept: ACCEPT } })
    const document = (await answer.json()) as {
      manifests?: Descriptor[]
      config?: Descriptor
      layers?: Descriptor[]
    }
    for (const { digest } of document.manifests ?? []) await this.verify(digest)
    const blobs = [...(document.config ? [document.config] : []), ...(document.layers ?? [])]
    for (const { digest } of blobs) {
      const blob = await this.ask(`blobs/${digest}`, {})
      const found = sha256(Buffer.from(await blob.arrayBuffer()))
      if (found !== digest) throw new Error(`${this.name}: ${digest} has the bytes of ${found}`)
    }
  }

  private async putBlob(bytes: Buffer, mediaType: string): Promise<Descriptor> {
    const digest = sha256(bytes)
    const begun = await this.ask('blobs/uploads/', { method: 'POST' }, 202)
    const location = new URL(begun.headers.get('location') ?? '', this.url)
    location.searchParams.set('digest', digest)
    const headers = { 'content-type': 'application/octet-stream' }
    const put = await fetch(location, { method: 'PUT', headers, body: bytes })
    if (put.status !== 201) throw new Error(`PUT ${location.href}: ${put.status}`)
    return { mediaType, digest, size: bytes.length }
  }

  private async putManifest(
    tag: string | null,
    mediaType: string,
    document: object,
  ): Promise<Descriptor> {
    const body = Buffer.from(JSON.stringify(document))
    const digest = sha256(body)
    const headers = { 'content-type': mediaType }
    await this.ask(`manifests/${tag ?? digest}`, { method: 'PUT', headers, body }, 201)
    return { mediaType, digest, size: body.length }
  }

  private async ask(path: string, init: RequestInit, status = 200): Promise<Response> {
    const url = `${this.url}/v2/${this.name}/${path}`
    const answer = await fetch(url, init)
    if (answer.status === status) return answer
    throw new Error(`${init.method ?? 'GET'} ${url}: ${answer.status} ${await answer.text()}`)
  }
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

async function tarOf(name: string, text: string): Promise<Buffer> {
  const tar = pack()
  tar.entry({ name, mtime: new Date(0) }, text)
  tar.finalize()
  const parts: Buffer[] = []
  for await (const part of tar) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
