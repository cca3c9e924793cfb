/** A registry that does not keep to the specification: for what no real one would do. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { sha256 } from '../cli/harness/tar'

export type Lie = (request: IncomingMessage, response: ServerResponse) => void

export interface LyingRegistry {
  /** host:port */
  address: string
  /**
   * A new repository: what it answers under paths below `/v2/NAME/` (`manifests/1`,
   * `blobs/sha256:…`). Answers with the name for a pull.
   */
  repository(answers: Record<string, Lie | Buffer>): string
  stop(): Promise<void>
}

export async function startLyingRegistry(): Promise<LyingRegistry> {
  const repositories: Record<string, Lie | Buffer>[] = []
  const server = createServer((request, response) => {
    const url = request.url ?? ''
    if (url === '/v2/') {
      response.end('{}')
      return
    }
    const [, number = '', path = ''] = /^\/v2\/r(\d+)\/(.*)$/.exec(url.replace(/\?.*$/, '')) ?? []
    const answer = repositories[Number(number)]?.[path]
    if (Buffer.isBuffer(answer)) response.end(answer)
    else if (answer) answer(request, response)
    else {
      response.statusCode = 404
      response.end('{"errors":[{"code":"NAME_UNKNOWN"}]}')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    address: `127.0.0.1:${port}`,
    repository: (answers) => `127.0.0.1:${port}/r${repositories.push(answers) - 1}:1`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Bytes with a media type (and further headers). */
export function typed(bytes: Buffer, mediaType: string, headers: Record<string, string> = {}): Lie {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': mediaType, ...headers })
    response.end(bytes)
  }
}

/** The same piece without end. */
export function endless(mediaType: string, piece: Buffer): Lie {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': mediaType })
    const more = (): void => {
      while (!response.destroyed && response.write(piece));
    }
    response.on('drain', more)
    more()
  }
}

export const blobPath = (bytes: Buffer): string => `blobs/sha256:${sha256(bytes)}`
