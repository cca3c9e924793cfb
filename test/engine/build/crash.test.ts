/**
 * kill -9 at any moment of a build: names that were given stay, nothing is damaged, nothing of the
 * context is left. CI=true takes many more; LAMINA_SEED repeats a run.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as after } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { temporaryFolders } from '../blob/temporary-root'
import { stores } from '../image/stores'
import { ingestOf } from './builds'

const newFolder = temporaryFolders()
const open = stores()
const KILLS = process.env.CI === 'true' ? 40 : 6
const seed = Number(process.env.LAMINA_SEED ?? Date.now() % 1e6)

const lineSchema = z.object({
  ready: z.boolean().optional(),
  begin: z.string().optional(),
  done: z.string().optional(),
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

/** Runs the worker and kills it some time after it is ready; what it managed to say. */
async function runAndKill(root: string, number: number, wait: number) {
  const child = spawn(process.execPath, [worker, root, String(seed + number)])
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
  await after(wait)
  child.kill('SIGKILL')
  await closed
  expect(errors).toBe('')
  // The last line may have been cut.
  const whole = out.slice(0, out.lastIndexOf('\n') + 1).split('\n')
  return whole.filter(Boolean).map((line) => lineSchema.parse(JSON.parse(line)))
}

it('survives being killed while it builds', async () => {
  console.log(`seed ${seed}`)
  const root = await newFolder()
  const names = new Map<string, string>()
  let random = seed
  let built = 0
  for (let number = 0; number < KILLS; number++) {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0
    const lines = await runAndKill(root, number, 20 + ((random >>> 8) % 700))
    let unsure: string | null = null
    for (const { begin, done, id = '' } of lines) {
      if (begin !== undefined) unsure = begin
      if (done === undefined) continue
      names.set(done, id)
      unsure = null
      built++
    }
    const store = await open(root)
    try {
      expect(await ingestOf(store)).toEqual([])
      expect((await store.fsck()).problems).toEqual([])
      const found = new Map(
        store.images
          .list()
          .flatMap(({ tags, id }) => tags.map((tag) => [tag.replace(/^.*\//, ''), id] as const)),
      )
      // The name of a build that was begun has been given, or has not.
      const now = unsure === null ? undefined : found.get(unsure)
      if (unsure !== null && now !== undefined) names.set(unsure, now)
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(names))
      await store.gc()
      expect((await store.fsck({ quick: true })).problems).toEqual([])
    } finally {
      await store.close()
    }
  }
  expect(built).toBeGreaterThan(0)
}, 300_000)
