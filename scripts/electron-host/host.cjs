/* eslint-disable @typescript-eslint/no-require-imports -- Electron 25 loads no ES module */
/**
 * Stands in for Electron's own default_app, which the fallback binary lacks: loads the app whose
 * folder is the first argument that is not a switch (`electron [switches] FOLDER [arguments]`).
 */
const { app } = require('electron')
const { readFileSync } = require('node:fs')
const { join, resolve } = require('node:path')

const at = process.argv.findIndex((arg, index) => index > 0 && !arg.startsWith('-'))
if (at < 0) {
  console.error('electron: the folder of an app is missing')
  app.exit(2)
} else {
  const folder = resolve(process.argv[at])
  const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  // The app sees what it would see under default_app: [binary, folder, its arguments].
  process.argv.splice(1, at, process.argv[at])
  app.setAppPath(folder)
  app.setName(about.productName ?? about.name)
  app.setVersion(about.version)
  require(join(folder, about.main))
}
