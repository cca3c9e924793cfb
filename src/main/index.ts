/** Entry of the Electron app. */
import { join } from 'node:path'
import { app, dialog } from 'electron'
import { sentence, toAppError } from '@shared/errors'
import { createApp, type App } from './app'
import { guardContents, guardSession } from './electron/guard'
import { bindIpc } from './electron/ipc'
import { claimHome, endWith, followSettings, languageOf } from './electron/lifecycle'
import { electronPlatform } from './electron/platform'
import { registerScheme, serveScheme } from './electron/scheme'
import { openWindow } from './electron/window'
import { readOptions } from './services/options'

/** `out/`, where the build puts main, engine, preload and interface beside each other. */
const OUT = join(__dirname, '..')
const options = readOptions(process.argv.slice(1), process.env, { strict: false })
let lamina: App | null = null
const language = () => languageOf(lamina)

async function start(): Promise<void> {
  await app.whenReady()
  guardSession()
  serveScheme(join(OUT, 'renderer'))
  lamina = await createApp(options, electronPlatform(join(OUT, 'main/engine.cjs'), language))
  followSettings(lamina, language)
  bindIpc(lamina.bridge)
  const open = () =>
    openWindow({
      home: options.home,
      preload: join(OUT, 'preload/index.cjs'),
      icon: join(OUT, '../resources/icon.png'),
    })
  endWith(lamina, open)
  await open()
}

registerScheme()
guardContents()
if (!claimHome(options.home)) app.quit()
else {
  start().catch((thrown: unknown) => {
    const { what, next } = sentence(toAppError(thrown), language())
    dialog.showErrorBox('Lamina', `${what}\n${next}`)
    app.exit(1)
  })
}
