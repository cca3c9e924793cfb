import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const here = fileURLToPath(new URL('.', import.meta.url))
const alias = {
  '@shared': resolve(here, 'src/shared'),
  '@': resolve(here, 'src/renderer'),
}

// Four kinds of tests, by name:
//   *.test.ts            nothing but Node (test/engine, test/main, test/shared)
//   test/renderer/**     Vue components in happy-dom
//   *.real.test.ts       a real dockerd, docker-registry, docker CLI (test/support starts them)
//   test/e2e/**          the built app in Electron and in Chromium
export default defineConfig({
  resolve: { alias },
  plugins: [vue()],
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.real.test.ts', 'test/e2e/**', 'test/renderer/**'],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'renderer',
          environment: 'happy-dom',
          include: ['test/renderer/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          globalSetup: ['test/support/global-setup.ts'],
          include: ['test/**/*.real.test.ts'],
          exclude: ['test/e2e/**'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          globalSetup: ['test/support/global-setup.ts'],
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
