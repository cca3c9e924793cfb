/** Our registry and docker-registry side by side, each a process of its own on a fresh file system. */
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { startBundledRegistry } from '../../test/support/bundled-registry'
import { startService } from '../../test/support/child'
import { runOk } from '../../test/support/run'
import { freePort, waitFor } from '../../test/support/temp'
import type { Cleanup } from './cleanup'
import { freshFileSystem } from './file-system'

export const PEER = 'docker-registry'

export interface RegistrySide {
  name: string
  port: number
  pid: number
  /** A request on kept connections; @throws on a status of 400 or more */
  send(method: string, path: string, body?: Buffer, type?: string): Promise<Answer>
}

interface Answer {
  status: number
  location: string
  body: Buffer
}

/** @param space GiB of each file system at most */
export async function startRegistries(
  cleanup: Cleanup,
  space: number,
): Promise<{ ours: RegistrySide; peer: RegistrySide; versions: Record<string, string> }> {
  const root = join(await freshFileSystem(cleanup, space), 'root')
  const bundled = await startBundledRegistry({ root })
  cleanup.add(() => bundled.stop())
  const ours = side('Lamina', bundled.port, bundled.pid, cleanup)
  const peer = await startPeer(cleanup, await freshFileSystem(cleanup, space))
  const version = /v?(\d[\w.+-]*)\s*$/.exec(await runOk('docker-registry', ['--version']))?.[1]
  return { ours, peer, versions: { [PEER]: version ?? 'unknown' } }
}

/** As quick as it can be: no log of requests, no cache to warm beside its own. */
async function startPeer(cleanup: Cleanup, folder: string): Promise<RegistrySide> {
  const port = await freePort()
  const rootdirectory = join(folder, 'data')
  await mkdir(rootdirectory)
  const config = {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory }, cache: { blobdescriptor: 'inmemory' } },
    http: { addr: `127.0.0.1:${port}`, secret: 'a bench' },
  }
  const file = join(folder, 'config.yml')
  await writeFile(file, JSON.stringify(config))
  const service = await startService('docker-registry', ['serve', file])
  cleanup.add(() => service.stop())
  const peer = side(PEER, port, service.pid, cleanup)
  await waitFor(PEER, () => peer.send('GET', '/v2/'))
  return peer
}

function side(name: string, port: number, pid: number, cleanup: Cleanup): RegistrySide {
  const agent = new Agent({ keepAlive: true })
  cleanup.add(async () => agent.destroy())
  return {
    name,
    port,
    pid,
    send: (method, path, body, type = 'application/octet-stream') =>
      new Promise((resolve, reject) => {
        const headers = { 'content-type': type, 'content-length': body?.length ?? 0 }
        const options = { host: '127.0.0.1', port, agent, method, path, headers }
        const req = request(options, (res) => {
          const chunks: Buffer[] = []
          res.on('data', (chunk: Buffer) => chunks.push(chunk))
          res.on('error', reject)
          res.on('end', () => {
            const status = res.statusCode ?? 0
            const answer = Buffer.concat(chunks)
            const said = `${name}: ${method} ${path}: ${status} ${answer.toString()}`
            if (status >= 400) reject(new Error(said))
            else resolve({ status, location: res.headers.location ?? '', body: answer })
          })
        })
        req.on('error', reject)
        req.end(body)
      }),
  }
}

export function sha256(data: Buffer): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`
}

/** Begins an upload: the path to PUT the whole blob to. */
export async function uploadPath(to: RegistrySide, name: string, digest: string): Promise<string> {
  const { location } = await to.send('POST', `/v2/${name}/blobs/uploads/`)
  const { pathname, search } = new URL(location, 'http://localhost')
  return `${pathname}${search}${search === '' ? '?' : '&'}digest=${digest}`
}

/** Pushes a blob with POST and PUT; answers with its digest. */
export async function pushBlob(to: RegistrySide, name: string, data: Buffer): Promise<string> {
  const digest = sha256(data)
  await to.send('PUT', await uploadPath(to, name, digest), data)
  return digest
}

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'

/** A manifest of two blobs; `title` makes it one of its own. */
export function manifest(config: string, layer: string, title = ''): Buffer {
  const of = (mediaType: string, digest: string) => ({ mediaType, digest, size: 1024 })
  const document = {
    ...{ schemaVersion: 2, mediaType: MANIFEST },
    config: of('application/vnd.oci.image.config.v1+json', config),
    layers: [of('application/vnd.oci.image.layer.v1.tar+gzip', layer)],
    annotations: { title },
  }
  return Buffer.from(JSON.stringify(document))
}

/** ms for 1,000 GETs of a path, asked by ApacheBench on 8 kept connections. */
export async function askMany(
  side: RegistrySide,
  path: string,
  count: number,
  flags: readonly string[] = [],
): Promise<number> {
  const url = `http://127.0.0.1:${side.port}${path}`
  const said = await runOk('ab', ['-q', '-k', '-c', '8', '-n', String(count), ...flags, url])
  const rate = Number(/Requests per second:\s+([\d.]+)/.exec(said)?.[1])
  if (!(rate > 0) || /Non-2xx/.test(said) || !/Failed requests:\s+0\b/.test(said)) {
    throw new Error(`${side.name}, ${path}:\n${said}`)
  }
  return 1e6 / rate
}
