import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readArrows } from './support/import-arrows'
import { PROJECT } from './support/project'
import { tempDir } from './support/temp'

/** Violations found in a tree of these files (path: text). */
async function violationsIn(files: Record<string, string>): Promise<string[]> {
  const root = await tempDir('rooms')
  onTestFinished(() => root.remove())
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root.path, path)), { recursive: true })
    await writeFile(join(root.path, path), text)
  }
  return readArrows(root.path).violations
}

it('finds no import against the arrows in src', () => {
  const { imports, violations } = readArrows(PROJECT)
  expect(violations).toEqual([])
  expect(imports).toBeGreaterThan(100)
})

it.each([
  ['src/engine/oci/a.ts', "import '../blob/b'", 'src/engine/oci may not import src/engine/blob'],
  ['src/engine/blob/a.ts', "export * from '../../main/app'", 'may not import src/main/app.ts'],
  ['src/engine/layer/a.ts', "import type { B } from 'electron'", 'may not use this package'],
  ['src/engine/registry/client/a.ts', "await import('../server/b')", 'src/engine/registry/server'],
  ['src/main/services/a.ts', "type T = import('../../engine/engine').E", 'src/engine/engine.ts'],
  ['src/main/browser/a.ts', "const e = require('electron')", 'may not use this package'],
  ['src/renderer/A.vue', "<script setup>\nimport 'node:fs'\n</script>", 'may not use this package'],
  ['src/renderer/a.ts', "import '../main/services/images'", 'may not import src/main/services'],
  ['src/shared/a.ts', "import 'dockerode'", 'src/shared may not use this package'],
  ['src/engine/new-room/a.ts', '', 'is in no room'],
  ['src/engine/oci/a.ts', "import '../../../test/x'", 'it is outside of src'],
])('finds a planted violation in %s', async (path, text, reason) => {
  expect(await violationsIn({ [path]: text })).toEqual([expect.stringContaining(reason)])
})

it('lets a room import itself, shared and what its row names', async () => {
  expect(
    await violationsIn({
      'src/engine/image/a.ts': "import '../layer/x'\nimport './b'\nimport '@shared/errors'",
      'src/renderer/a.ts': "import { b } from '@/stores/b'\nimport 'vue'",
      'src/main/index.ts': "import './electron/window'\nimport 'electron'",
    }),
  ).toEqual([])
})
