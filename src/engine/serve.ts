/**
 * The engine as a process: `--root DIR --host ADDRESS [--insecure-registry HOST[:PORT]]…`.
 *
 * It runs in plain Node, as a child process and as Electron's utility process. A parent is sent
 * `{type: 'ready', host}`, or `{type: 'error', error}` before the process ends with 1; when the parent
 * goes away, so does the engine. SIGTERM and SIGINT end it cleanly.
 */
import { createServer, type Server } from 'node:http'
import { LaminaError, sentence, toAppError } from '@shared/errors'
import packageJson from '../../package.json'
import { createEngine, type Engine } from './engine'
import { keepHeapSmall } from './process/heap'
import { listen } from './serve/listen'
import { readOptions, USAGE } from './serve/options'
import { parent } from './serve/parent'

/** How long requests may go on after the process was asked to end, ms. */
const PATIENCE = 2000

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') {
    process.stdout.write(USAGE)
    return
  }
  keepHeapSmall()
  const engine = await createEngine({
    root: options.root,
    version: packageJson.version,
    insecureRegistries: options.insecureRegistries,
    onFailure: (error, { method, path }) => log(`${method} ${path}`, error),
  })
  const server = createServer(engine.handler)
  // Uploads and event streams may take as long as they like.
  server.requestTimeout = 0
  let stop: () => Promise<void>
  try {
    const close = await listen(server, options.host)
    stop = once(() => shutDown(server, close, engine))
  } catch (error) {
    await engine.close()
    throw error
  }
  const end = () => void stop().then(() => process.exit(0), fail)
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
  parent.onGone(end)
  parent.tell({ type: 'ready', host: options.host })
  process.stdout.write(`Lamina's engine ${packageJson.version} listens at ${options.host}\n`)
}

async function shutDown(server: Server, close: () => Promise<void>, engine: Engine): Promise<void> {
  const hard = setTimeout(() => server.closeAllConnections(), PATIENCE)
  server.closeIdleConnections()
  await close()
  clearTimeout(hard)
  await engine.close()
}

function once(work: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | null = null
  return () => (result ??= work())
}

function log(where: string, error: unknown): void {
  const { cause } = toAppError(error)
  process.stderr.write(
    `${where}: ${error instanceof Error ? error.message : error} ${cause ?? ''}\n`,
  )
}

function fail(error: unknown): void {
  const { what, next } = sentence(toAppError(error), 'en')
  const text = error instanceof LaminaError ? `${what} ${next}` : String(error)
  process.stderr.write(`lamina engine: ${text}\n`)
  parent.tell({ type: 'error', error: toAppError(error) })
  // The message needs a moment on its way to the parent.
  process.exitCode = 1
  setTimeout(() => process.exit(1), 100)
}

main().catch(fail)
