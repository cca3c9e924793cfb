/**
 * `npm run screenshots`: every page in both languages and both themes into docs/screenshots, and
 * docs/screenshots.md, which shows them. The pictures are taken by test/e2e/looks.test.ts, which
 * fails where a text is clipped at 1024 px or axe finds something serious.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemPath } from './lib/apt.mjs'
import { PROJECT } from './lib/paths.mjs'
import { runHere, runMain } from './lib/run.mjs'
import { ensureApp, ensureTestSystem } from './lib/setup.mjs'

const FOLDER = join(PROJECT, 'docs/screenshots')
const VARIANTS = ['zh-CN-light', 'en-light', 'zh-CN-dark', 'en-dark']

async function screenshots() {
  await ensureApp()
  await ensureTestSystem()
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  const vitest = join(PROJECT, 'node_modules/vitest/vitest.mjs')
  const args = [vitest, 'run', '--project', 'e2e', 'test/e2e/looks.test.ts']
  const env = { PATH: systemPath(), LAMINA_SCREENSHOTS: FOLDER }
  const code = await runHere(process.execPath, args, { env })
  writeFileSync(join(PROJECT, 'docs/screenshots.md'), page())
  return code
}

function page() {
  const names = readdirSync(FOLDER)
    .filter((file) => file.endsWith(`-${VARIANTS[0]}.png`))
    .map((file) => file.slice(0, -`-${VARIANTS[0]}.png`.length))
  const row = (name) => VARIANTS.map((variant) => picture(name, variant)).join('\n')
  const parts = names.map((name) => `## ${name}\n\n${row(name)}\n`)
  return `# Every page\n\nMade by \`npm run screenshots\`, with a real Docker daemon and registry behind them.\n\n${parts.join('\n')}`
}

function picture(name, variant) {
  return `![${name}, ${variant}](screenshots/${name}-${variant}.png)`
}

await runMain(screenshots)
