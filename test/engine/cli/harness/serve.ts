import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FileServer {
  /** host:port */
  address: string
  stop(): Promise<void>
}

/** Serves these bytes under these paths on loopback, and 404 for everything else. */
export async function serveFiles(files: Record<string, Buffer>): Promise<FileServer> {
  const server = createServer((req, res) => {
    const file = files[req.url ?? '']
    res.writeHead(file ? 200 : 404, { 'content-length': String(file?.length ?? 0) })
    res.end(file)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    address: `127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
