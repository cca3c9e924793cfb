/**
 * `npm run bench -- engine-api [--runs N]`: the lists of the Engine API with 1,000 images and 200
 * containers, on the built engine and on dockerd, one request after another on a kept connection.
 */
import { parseArgs } from 'node:util'
import { withCleanup } from './lib/cleanup'
import { manyImages } from './lib/many-images'
import { printComparisons, type Comparison } from './lib/report'
import { loadImage, startDocker, startLamina, versionsOf, type Side } from './lib/sides'
import { inTurns, runsOf, timed } from './lib/turns'

const IMAGES = 1000
const CONTAINERS = 200

const filters = (value: object) => encodeURIComponent(JSON.stringify(value))
const REQUESTS: { job: string; path: string; goal: number; rows: number }[] = [
  { job: '1,000 images', path: '/images/json', goal: 0.1, rows: IMAGES },
  {
    ...{ job: 'images with a label', goal: 0.05, rows: 100 },
    path: `/images/json?filters=${filters({ label: ['group=7'] })}`,
  },
  {
    ...{ job: 'images by reference', goal: 0.05, rows: 11 },
    path: `/images/json?filters=${filters({ reference: ['bench/image-77*'] })}`,
  },
  { job: '200 containers', path: '/containers/json?all=1', goal: 0.2, rows: CONTAINERS },
  { job: 'disk use', path: '/system/df', goal: 0.05, rows: 0 },
]

export default async function engineApi(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { runs: { type: 'string', default: '40' } } })
  const runs = runsOf(values.runs)
  await withCleanup(async (cleanup) => {
    const ours = await startLamina(cleanup, { space: 2 })
    const peer = await startDocker(cleanup, { space: 4 })
    for (const side of [ours, peer]) await fill(side)
    const comparisons: Comparison[] = []
    for (const { job, path, goal, rows } of REQUESTS) {
      const ask = async ({ client }: Side) => {
        let answer = ''
        const duration = await timed(async () => (answer = await client.text('GET', path)))
        const found = JSON.parse(answer) as unknown
        if (rows > 0 && !(Array.isArray(found) && found.length === rows)) {
          throw new Error(`${path}: not ${rows} rows`)
        }
        return duration
      }
      // What is asked for the first time is not what a person waits for all day.
      for (const side of [ours, peer]) await ask(side)
      const turns = await inTurns(
        runs,
        () => ask(ours),
        () => ask(peer),
      )
      const { name } = peer
      comparisons.push({
        job,
        unit: 'ms',
        ours: turns.ours,
        peer: { name, runs: turns.peer },
        goal,
      })
    }
    printComparisons('engine-api', comparisons, {
      ...(await versionsOf('dockerd')),
      client: 'HTTP on a unix socket',
    })
  })
}

export async function fill(side: Side): Promise<void> {
  await loadImage(side, manyImages(IMAGES))
  for (let at = 0; at < CONTAINERS; at++) {
    await side.client.text('POST', `/containers/create?name=bench-${at}`, {
      ...{ Image: `bench/image-${at % 50}:latest`, Cmd: ['true'] },
      Labels: { group: `${at % 10}` },
    })
  }
}
