/**
 * The real docker CLI against a real dockerd and the engine, line by line in one run: what it prints,
 * its exit code, and so the state that later lines show, must be the same. No expected text stands here.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Normalizer } from './cli/normal'
import { runLine, startDockerdSide, startEngineSide, type Side } from './cli/sides'
import { SCRIPTS } from './cli/scripts'
import { busyboxRootfs } from '../../support/rootfs'
import { runOk } from '../../support/run'

let sides: { side: Side; normal: Normalizer }[]

beforeAll(async () => {
  const rootfs = await busyboxRootfs()
  const started = await Promise.all([startDockerdSide(), startEngineSide()])
  sides = started.map((side) => ({ side, normal: new Normalizer(side) }))
  for (const { folder } of started) await runOk('cp', [rootfs, `${folder}/rootfs.tar`])
  process.stdout.write(await runOk('docker', ['--version']))
})

afterAll(async () => {
  for (const { side } of sides) await side.stop()
})

describe.each(SCRIPTS)('$name', ({ lines }) => {
  it.each(lines)('%s', async (written) => {
    const sorted = written.startsWith('~ ')
    const line = sorted ? written.slice(2) : written
    const results = []
    for (const { side, normal } of sides) {
      const { code, stdout, stderr } = await runLine(side, line)
      results.push({
        code,
        stdout: normal.apply(stdout, sorted),
        stderr: normal.apply(stderr, sorted),
      })
    }
    const [dockerd, engine] = results
    expect(engine).toEqual(dockerd)
  })
})
