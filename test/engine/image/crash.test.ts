/**
 * kill -9 at any moment of commit, save, load, remove, packing and gc: what was acknowledged is
 * there, nothing is damaged. CI=true takes ten times as many; LAMINA_SEED repeats a run.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { temporaryFolders } from '../blob/temporary-root'
import { stores } from './stores'

const newFolder = temporaryFolders()
const open = stores()
const KILLS = process.env.CI === 'true' ? 100 : 10
const seed = Number(process.env.LAMINA_SEED ?? Date.now() % 1e6)

const lineSchema = z.object({
  ready: z.boolean().optional(),
  begin: z.string().optional(),
  end: z.string().optional(),
  done: z.enum(['name', 'unname']).optional(),
  name: z.string().optional(),
  id: z.string().optional(),
})

let worker = ''
beforeAll(async () => {
  const outDir = await newFolder()
  const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { '@shared': path('../../../src/shared') } },
    ssr: { noExternal: true },
    build: {
      ssr: path('crash-worker.ts'),
      outDir,
      target: 'node18',
      rollupOptions: { output: { format: 'es', entryFileNames: 'worker.mjs' } },
    },
  })
  worker = `${outDir}/worker.mjs`
})

/** Runs the worker and kills it; the lines that it managed to say. */
async function runAndKill(root: string, number: number, after: number) {
  const child = spawn(process.execPath, [worker, root, String(seed + number)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      if (out.includes('"ready"')) resolve()
    })
  })
  const closed = once(child, 'close')
  await Promise.race([ready, closed])
  await new Promise((resolve) => setTimeout(resolve, after))
  child.kill('SIGKILL')
  await closed
  expect(errors).toBe('')
  // The last line may have been cut.
  return out
    .slice(0, out.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => lineSchema.parse(JSON.parse(line)))
}

it('survives being killed', async () => {
  console.log(`seed ${seed}`)
  const root = await newFolder()
  const names = new Map<string, string>()
  let random = seed
  let changes = 0
  for (let number = 0; number < KILLS; number++) {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0
    const lines = await runAndKill(root, number, 20 + ((random >>> 8) % 600))
    let unsure: string | null = null
    for (const { begin, end, done, name = '', id = '' } of lines) {
      if (begin !== undefined) unsure = begin
      if (end !== undefined) unsure = null
      if (done === undefined) continue
      changes++
      if (done === 'name') names.set(name, id)
      else names.delete(name)
      unsure = null
    }
    const store = await open(root)
    try {
      expect((await store.fsck()).problems).toEqual([])
      const found = new Map(
        store.images
          .list()
          .flatMap(({ tags, id }) => tags.map((tag) => [tag.replace(/^.*\//, ''), id] as const)),
      )
      if (unsure !== null) {
        // What was begun has happened, or has not.
        const now = found.get(unsure)
        if (now === undefined) names.delete(unsure)
        else names.set(unsure, now)
      }
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(names))
      await store.gc()
      expect((await store.fsck({ quick: true })).problems).toEqual([])
    } finally {
      await store.close()
    }
  }
  expect(changes).toBeGreaterThan(KILLS / 2)
}, 600_000)
