import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'electron-vite'

const here = fileURLToPath(new URL('.', import.meta.url))
const alias = {
  '@shared': resolve(here, 'src/shared'),
  '@': resolve(here, 'src/renderer'),
}

// Keeps V8's heap small before the modules of the engine or the registry fill it. The space for young
// objects stays at its first size (1 MiB): grown to 16 MiB it holds tens of MB of buffers that nobody
// needs. How far the old space may grow is adjusted later (src/engine/process/heap.ts).
const SMALL_HEAP =
  "require('node:v8').setFlagsFromString('--semi-space-growth-factor=1 --heap-growing-percent=150');"
const WITH_SMALL_HEAP = ['engine', 'registry']

// The oldest runtime that Lamina meets is Electron 25: Node 18.15 and Chrome 114. Its main process
// cannot load ES modules, so everything but the renderer is built as CommonJS. Dependencies of main
// and of the engine stay outside the bundles (bundled, ssh2's native parts crash Electron).
export default defineConfig({
  main: {
    resolve: { alias },
    build: {
      target: 'node18.15',
      sourcemap: true,
      rollupOptions: {
        input: {
          index: resolve(here, 'src/main/index.ts'),
          browser: resolve(here, 'src/main/browser/index.ts'),
          engine: resolve(here, 'src/engine/serve.ts'),
          registry: resolve(here, 'src/engine/registry/server/main.ts'),
        },
        output: {
          format: 'cjs',
          banner: ({ name, isEntry }) =>
            isEntry && WITH_SMALL_HEAP.includes(name) ? SMALL_HEAP : '',
          entryFileNames: '[name].cjs',
          chunkFileNames: 'chunks/[name]-[hash].cjs',
        },
      },
    },
  },
  preload: {
    resolve: { alias },
    build: {
      target: 'node18.15',
      // A sandboxed preload can load nothing but electron: everything it uses is bundled in.
      externalizeDeps: false,
      rollupOptions: {
        input: { index: resolve(here, 'src/preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: resolve(here, 'src/renderer'),
    resolve: { alias },
    plugins: [vue()],
    build: {
      target: 'chrome114',
      sourcemap: true,
      rollupOptions: { input: resolve(here, 'src/renderer/index.html') },
    },
  },
})
