/** One large body up or down a plain socket, as cheaply as Node can, so that the server is measured. */
import { connect, type Socket } from 'node:net'

/** PUTs the parts as one body. @throws when the answer is not 201 */
export async function putParts(
  port: number,
  path: string,
  parts: readonly Buffer[],
): Promise<void> {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const socket = connect(port, '127.0.0.1')
  const answer = headOf(socket)
  socket.write(
    `PUT ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n` +
      `Content-Length: ${length}\r\nConnection: close\r\n\r\n`,
  )
  for (const part of parts)
    if (!socket.write(part)) await new Promise((resolve) => socket.once('drain', resolve))
  const head = await answer
  socket.destroy()
  if (!head.startsWith('HTTP/1.1 201 ')) throw new Error(`PUT ${path}: ${head}`)
}

function headOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once('data', (chunk: Buffer) => resolve(chunk.toString('latin1')))
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed without an answer')))
  })
}

/** GETs a body and drops it; @throws when it is not 200 or has another length */
export function drop(port: number, path: string, length: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = 0
    let bodyStart = -1
    // Every read goes into the same buffer: nothing is allocated while the body comes.
    const buffer = Buffer.alloc(1024 * 1024)
    const callback = (read: number): boolean => {
      if (bodyStart < 0) {
        const head = buffer.toString('latin1', 0, read)
        const end = head.indexOf('\r\n\r\n')
        if (!head.startsWith('HTTP/1.1 200 ') || end < 0) reject(new Error(`GET ${path}: ${head}`))
        bodyStart = end + 4
      }
      received += read
      if (received === bodyStart + length) {
        socket.destroy()
        resolve()
      }
      return true
    }
    const socket = connect({ port, host: '127.0.0.1', onread: { buffer, callback } })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error(`GET ${path}: ${received} bytes came`)))
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  })
}
