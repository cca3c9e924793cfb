/** The operations that are killed: how each is asked for, and how it shows that it has begun. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { makeTar } from '../cli/harness/tar'
import { configOf, digest, dockerArchive } from '../hostile/images'
import type { Change, World } from './world'

export interface Started {
  /** What happens when it succeeds, as far as that is known before. */
  change: Change
  /** Ends with what was acknowledged; rejects when the engine refuses or dies. */
  done: Promise<Change>
  /** Whether the engine has begun to work on the disk. */
  hasBegun: () => Promise<boolean>
}

export interface Operation {
  name: string
  /** Kills inside of it, in the full run. */
  kills: number
  /** Makes what it needs, which is acknowledged, and asks for it. */
  start(world: World): Promise<Started>
}

const idSchema = z.looseObject({ Id: z.string() })
const named = (name: string, id: string | null): Change => ({ names: new Map([[name, id]]) })

/** Most operations write aside first. */
const writes = (world: World) => async (): Promise<boolean> => (await world.ingest()).length > 0

/** An image of layers that no other has: its archive and its id. */
async function newImage(world: World, name: string, layers: number, size: number) {
  const tars = []
  for (let at = 0; at < layers; at++) {
    tars.push(await makeTar([{ name: `f${at}`, content: world.random.bytes(size) }]))
  }
  const config = configOf(tars)
  const archive = await dockerArchive({ layers: tars, config, item: { RepoTags: [name] } })
  return { archive, id: digest(config) }
}

/** In pieces, as they come through a socket. */
async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}

const load: Operation = {
  name: 'load',
  kills: 30,
  async start(world) {
    const name = `load:${world.random.below(4)}`
    const { archive, id } = await newImage(world, name, 3, 1_500_000)
    const change = named(name, id)
    const answer = world.send('POST', '/images/load?quiet=1', pieces(archive))
    return { change, done: answer.then(() => change), hasBegun: writes(world) }
  },
}

/** Copies into the container: a file that is new or replaced, and one that goes with it. */
const copy: Operation = {
  name: 'copy',
  kills: 20,
  async start(world) {
    const { random } = world
    const files = new Map<string, string | null>()
    for (let count = 0; count < 3; count++) {
      files.set(`f${random.below(12)}`, random.bytes(400_000).toString('latin1'))
    }
    const tar = await makeTar(
      [...files].map(([name, text]) => ({ name, content: Buffer.from(text ?? '') })),
    )
    const before = await dataSize(world)
    const answer = world.send('PUT', '/containers/box/archive?path=/data', pieces(tar))
    return {
      change: { files },
      done: answer.then(() => ({ files })),
      hasBegun: async () => (await dataSize(world)) !== before,
    }
  },
}

async function dataSize(world: World): Promise<number> {
  const { text } = await world.send('GET', '/containers/box/json')
  const { Id } = idSchema.parse(JSON.parse(text))
  const path = join(world.engine.root, 'containers', Id, 'data')
  return stat(path).then(
    ({ size }) => size,
    () => 0, // nothing has been copied yet
  )
}

const commit: Operation = {
  name: 'commit',
  kills: 30,
  async start(world) {
    const tag = world.random.below(4)
    const files = new Map([['big', world.random.bytes(3_000_000).toString('latin1')]])
    const content = Buffer.from(files.get('big') ?? '')
    const tar = await makeTar([{ name: 'big', content }])
    await world.send('PUT', '/containers/box/archive?path=/data', tar)
    world.acknowledge({ files })
    const answer = world.send('POST', `/commit?container=box&repo=commit&tag=${tag}`)
    const id = answer.then(({ text }) => idSchema.parse(JSON.parse(text)).Id)
    const name = `commit:${tag}`
    return {
      change: named(name, null),
      done: id.then((made) => named(name, made)),
      hasBegun: writes(world),
    }
  },
}

const build: Operation = {
  name: 'build',
  kills: 30,
  async start(world) {
    const { random } = world
    const name = `build:${random.below(4)}`
    const inner = await makeTar([{ name: 'in', content: random.bytes(300_000) }])
    const lines = [
      'FROM base:1 AS one',
      `COPY a /${random.below(5)}/`,
      'ADD inner.tar /inner',
      `WORKDIR /w/${random.below(5)}`,
      'FROM one',
      'COPY --from=one /inner /copied',
      `LABEL n=${random.below(1000)}`,
    ]
    const context = await makeTar([
      { name: 'Dockerfile', content: lines.join('\n') },
      { name: 'a', content: random.bytes(1_500_000) },
      { name: 'inner.tar', content: inner },
    ])
    const answer = world.send('POST', `/build?t=${name}`, pieces(context))
    const id = answer.then(({ text }) => /"ID":"(sha256:\w+)"[^]*?$/.exec(lastId(text))?.[1] ?? '')
    return {
      change: named(name, null),
      done: id.then((made) => named(name, made)),
      hasBegun: writes(world),
    }
  },
}

const lastId = (text: string): string => text.slice(text.lastIndexOf('"ID":'))

/** Images wait in the registry under these tags; each has layers of its own. */
const REMOTE = 3
const remote = new Map<string, string>()

const pull: Operation = {
  name: 'pull',
  kills: 30,
  async start(world) {
    const repository = `${world.registry.address}/pulled`
    for (let tag = 0; remote.size < REMOTE; tag++) {
      const name = `${repository}:${tag}`
      const { archive, id } = await newImage(world, name, 3, 1_500_000)
      await world.send('POST', '/images/load?quiet=1', archive)
      world.acknowledge(named(name, id))
      await world.send('POST', `/images/${encodeURIComponent(repository)}/push?tag=${tag}`)
      remote.set(name, id)
    }
    const [name, id] = [...remote][world.random.below(REMOTE)] as [string, string]
    if (world.names.has(name)) {
      await world.send('DELETE', `/images/${id}?force=1`)
      world.acknowledge(named(name, null))
    }
    await world.gc()
    const answer = world.send('POST', `/images/create?fromImage=${encodeURIComponent(name)}`)
    const change = named(name, id)
    return { change, done: answer.then(() => change), hasBegun: writes(world) }
  },
}

const push: Operation = {
  name: 'push',
  kills: 15,
  async start(world) {
    const name = `${world.registry.address}/pushed:1`
    const { archive, id } = await newImage(world, name, 2, 1_500_000)
    await world.send('POST', '/images/load?quiet=1', archive)
    world.acknowledge(named(name, id))
    const path = encodeURIComponent(name.replace(/:1$/, ''))
    const answer = world.send('POST', `/images/${path}/push?tag=1`)
    return { change: {}, done: answer.then(() => ({})), hasBegun: writes(world) }
  },
}

const remove: Operation = {
  name: 'remove',
  kills: 15,
  async start(world) {
    const name = 'remove:1'
    const { archive, id } = await newImage(world, name, 25, 2000)
    await world.send('POST', '/images/load?quiet=1', archive)
    world.acknowledge(named(name, id))
    const before = (await world.blobs()).length
    const references = join(world.engine.root, 'references.json')
    const { ino } = await stat(references)
    const answer = world.send('DELETE', `/images/${name}`)
    return {
      change: named(name, null),
      done: answer.then(() => named(name, null)),
      hasBegun: async () =>
        (await stat(references)).ino !== ino || (await world.blobs()).length < before,
    }
  },
}

const gc: Operation = {
  name: 'gc',
  kills: 30,
  async start(world) {
    // An archive that is refused at its end leaves its layers for gc.
    const layers = []
    for (let at = 0; at < 30; at++) {
      layers.push(await makeTar([{ name: 'f', content: world.random.bytes(2000) }]))
    }
    const config = configOf([])
    const bad = await dockerArchive({ layers, config })
    await world.send('POST', '/images/load?quiet=1', bad).then(
      () => Promise.reject(new Error('it was to be refused')),
      (error: Error) => {
        if (!/length mismatch/.test(error.message)) throw error
      },
    )
    const before = (await world.blobs()).length
    const answer = world.send('POST', '/lamina/v1/gc')
    return {
      change: {},
      done: answer.then(() => ({})),
      hasBegun: async () => (await world.blobs()).length < before,
    }
  },
}

export const operations: Operation[] = [load, commit, build, pull, gc, copy, push, remove]
