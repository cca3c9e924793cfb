/** Entry of the browser mode: the same interface, served to a browser of this machine. */
import { readFileSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { sentence, toAppError } from '@shared/errors'
import { createApp } from '../app'
import { readOptions } from '../services/options'
import { forkEngine } from './engine-launcher'
import { systemLocale } from './locale'
import { startServer, type BrowserServer } from './server'

/** `out/`, where the build puts main, engine and interface beside each other. */
const OUT = join(__dirname, '..')

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env, { strict: true })
  const { version } = JSON.parse(readFileSync(join(OUT, '../package.json'), 'utf8'))
  const app = await createApp(options, {
    version: String(version),
    mode: 'browser',
    electron: null,
    locale: systemLocale(process.env),
    launchEngine: forkEngine(join(OUT, 'main/engine.cjs')),
    secrets: null,
    dialogs: null,
    openExternal: null,
  })
  let server: BrowserServer
  try {
    server = await startServer(app, {
      port: options.port,
      uiRoot: join(OUT, 'renderer'),
      onLockedOut: print,
    })
  } catch (thrown) {
    await app.close()
    throw thrown
  }
  print(server.address())

  let ending = false
  const end = async () => {
    if (ending) process.exit(1) // asked twice: at once
    ending = true
    await server.close()
    await app.close()
    process.exit(0)
  }
  process.on('SIGINT', end).on('SIGTERM', end).on('SIGHUP', end)
}

function print(address: string): void {
  const { port } = new URL(address)
  const login = `${userInfo().username}@${hostname()}`
  process.stdout.write(
    [
      `Lamina: ${address}`,
      `  From another machine 从另一台机器访问: ssh -L ${port}:127.0.0.1:${port} ${login}`,
      '  The address works once. 此地址只能使用一次。',
      '',
    ].join('\n'),
  )
}

main().catch((thrown: unknown) => {
  const error = toAppError(thrown)
  for (const language of ['en', 'zh'] as const) {
    const { what, next } = sentence(error, language)
    process.stderr.write(`${what} ${next}\n`)
  }
  if (error.cause !== null) process.stderr.write(`${error.cause}\n`)
  process.exit(1)
})
