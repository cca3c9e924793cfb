/**
 * kill -9 in the middle of copies, commits, removals: after each restart the store is whole, and
 * everything that was answered is there. LAMINA_KILLS=200 for the long run, LAMINA_SEED to repeat one.
 */
import { request } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openStore } from '../../../src/engine/image/store'
import { startEngine, type TestEngine } from '../../support/engine'
import { tarOf } from '../support'

const KILLS = Number(process.env.LAMINA_KILLS ?? 12)
const SEED = Number(process.env.LAMINA_SEED ?? Math.floor(Math.random() * 2 ** 31))

/** A small generator of numbers in [0, 1) (mulberry32), so that a run can be repeated. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What the engine has answered, and so must keep. */
const kept = { files: new Map<string, string | null>(), images: new Set<string>() }

let engine: TestEngine

beforeAll(async () => {
  engine = await startEngine()
  const rootfs = await tarOf({ 'etc/': '', 'etc/conf': 'base' })
  await send('POST', '/images/create?fromSrc=-&repo=base&tag=1', rootfs)
  await send('POST', '/containers/create?name=box', Buffer.from('{"Image":"base:1","Cmd":["sh"]}'))
})

afterAll(() => engine.stop())

function send(method: string, path: string, body?: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const { socketPath } = engine
    const sent = request({ socketPath, method, path, agent: false }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('error', reject)
      answer.on('end', () => {
        const whole = Buffer.concat(parts)
        if ((answer.statusCode ?? 500) < 300) resolve(whole)
        else reject(new Error(`${method} ${path}: ${answer.statusCode} ${whole.toString('utf8')}`))
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Works until the engine dies. Each step notes what it did once that was answered. */
async function work(next: () => number): Promise<number> {
  for (let steps = 0; ; steps++) {
    try {
      const choice = next()
      const name = `f${Math.floor(next() * 40)}`
      if (choice < 0.6) {
        const text = `${name} ${next()}`.repeat(1 + Math.floor(next() * 2000))
        kept.files.delete(name)
        await send('PUT', '/containers/box/archive?path=/etc', await tarOf({ [name]: text }))
        kept.files.set(name, text)
      } else if (choice < 0.75) {
        if (typeof kept.files.get(name) !== 'string') continue
        kept.files.delete(name)
        await send('DELETE', `/lamina/v1/containers/box/files?path=/etc/${name}`)
        kept.files.set(name, null)
      } else {
        const { Id } = JSON.parse(
          (await send('POST', '/commit?container=box')).toString('utf8'),
        ) as { Id: string }
        kept.images.add(Id)
      }
    } catch (error) {
      if (!/ECONNRESET|EPIPE|ENOENT|ECONNREFUSED|socket hang up/.test(String(error))) throw error
      return steps
    }
  }
}

it(`keeps what it answered through ${KILLS} kills (seed ${SEED})`, async () => {
  process.stdout.write(`crash seed ${SEED}\n`)
  const next = random(SEED)
  let steps = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const working = work(next)
    await new Promise((resolve) => setTimeout(resolve, 30 + next() * 400))
    await engine.kill()
    steps += await working

    const store = await openStore(engine.root)
    const report = await store.fsck()
    expect(report.problems).toEqual([])
    for (const id of kept.images) expect(store.images.resolve(id).id).toBe(id)
    await store.close()

    await engine.restart()
    for (const [name, text] of kept.files) {
      const path = `/containers/box/archive?path=/etc/${name}`
      if (text === null) await expect(send('GET', path)).rejects.toThrow('404')
      else expect((await send('GET', path)).includes(text), `${name} after kill ${kill}`).toBe(true)
    }
  }
  expect(steps).toBeGreaterThan(KILLS)
})
