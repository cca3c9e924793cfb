import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { AREAS } from './areas'
import type { Check } from './harness/area'
import { newestDockerCli } from './harness/cli'
import { makeFixtures, type Fixtures } from './harness/fixtures'
import { reset } from './harness/reset'
import { dockerdSide, engineSide, type Side } from './harness/side'
import { openCase, transcribe, type Transcript } from './harness/transcript'

// LAMINA_CLI_PEER=dockerd compares dockerd with another dockerd: that proves what is normalised.
const withItself = process.env.LAMINA_CLI_PEER === 'dockerd'

let fixtures: Fixtures
let dockerd: Side
let engine: Side

beforeAll(async () => {
  const cli = await newestDockerCli()
  ;[fixtures, dockerd, engine] = await Promise.all([
    makeFixtures(),
    dockerdSide(),
    withItself ? dockerdSide('another dockerd') : engineSide(),
  ])
  console.log(`docker CLI ${cli.version} (${cli.path})`)
  for (const side of [dockerd, engine]) console.log(`${side.name} ${side.version}`)
})

afterAll(async () => {
  await Promise.all([dockerd?.stop(), engine?.stop()])
})

/** LAMINA_CLI_TRANSCRIPTS=DIR keeps what both sides said, to be read by a person. */
async function keep(check: Check, transcripts: Record<string, Transcript>): Promise<void> {
  const folder = process.env.LAMINA_CLI_TRANSCRIPTS
  if (!folder) return
  await mkdir(folder, { recursive: true })
  const name = `${check.area} ${check.name}`.replace(/\W+/g, '-').slice(0, 100)
  await writeFile(join(folder, `${name}.json`), JSON.stringify(transcripts, null, 2))
}

for (const { name, checks, alone } of AREAS) {
  describe(name, () => {
    beforeEach(() => Promise.all([reset(dockerd.socketPath), reset(engine.socketPath)]))

    for (const check of checks) {
      // dockerd reads lists from maps, in an order of chance: a real difference shows again.
      it(check.name, { retry: 1 }, async () => {
        const [expected, seen] = await Promise.all([
          transcribe(dockerd, fixtures, check.body),
          transcribe(engine, fixtures, check.body),
        ])
        await keep(check, { dockerd: expected, engine: seen })
        expect(seen).toEqual(expected)
      })
    }

    for (const check of withItself ? [] : alone) {
      it(`${check.name} (${check.why})`, async () => {
        const [mine, peer] = await Promise.all([
          openCase(engine, fixtures),
          openCase(dockerd, fixtures),
        ])
        try {
          await check.body(mine.c, peer.c)
        } finally {
          await Promise.all([mine.end(), peer.end()])
        }
      })
    }
  })
}
