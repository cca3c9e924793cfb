/** The engine under test, and what it has acknowledged: that must be there after every kill. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { z } from 'zod'
import { startEngine, type TestEngine } from '../../support/engine'
import { startRegistry, type TestRegistry } from '../../support/registry'
import { sendOk, type Answer, type Body } from '../../support/send'
import { makeTar, readTar } from '../cli/harness/tar'
import { Random } from './random'

/** What an operation changes: names of images to ids (null: gone), files of the container. */
export interface Change {
  names?: Map<string, string | null>
  files?: Map<string, string | null>
}

const images = z.array(z.looseObject({ Id: z.string(), RepoTags: z.array(z.string()).nullish() }))
const fsckLine = z.looseObject({ report: z.looseObject({ problems: z.array(z.unknown()) }) })
const gcAnswer = z.looseObject({ removed: z.number() })

export class World {
  readonly names = new Map<string, string>()
  readonly files = new Map<string, string>()

  private constructor(
    readonly engine: TestEngine,
    readonly registry: TestRegistry,
    readonly random: Random,
  ) {}

  static async start(seed: number): Promise<World> {
    const registry = await startRegistry()
    const engine = await startEngine()
    const world = new World(engine, registry, new Random(seed))
    const rootfs = await makeTar([{ name: 'etc/' }, { name: 'data/' }])
    await world.send('POST', '/images/create?fromSrc=-&repo=base&tag=1', rootfs)
    const box = Buffer.from('{"Image":"base:1","Cmd":["sh"]}')
    await world.send('POST', '/containers/create?name=box', box)
    world.names.set('base:1', (await world.found()).get('base:1') ?? '')
    return world
  }

  async stop(): Promise<void> {
    await this.engine.stop()
    await this.registry.stop()
  }

  send(method: string, path: string, body?: Body): Promise<Answer> {
    return sendOk(this.engine.socketPath, method, path, body)
  }

  /** Folders and files that are being written. */
  ingest(): Promise<string[]> {
    return readdir(join(this.engine.root, 'ingest'))
  }

  blobs(): Promise<string[]> {
    return readdir(join(this.engine.root, 'blobs/sha256'))
  }

  /** Takes down what was acknowledged. */
  acknowledge({ names, files }: Change): void {
    for (const [name, id] of names ?? []) {
      if (id === null) this.names.delete(name)
      else this.names.set(name, id)
    }
    for (const [name, text] of files ?? []) {
      if (text === null) this.files.delete(name)
      else this.files.set(name, text)
    }
  }

  /** Names of images to ids, as the engine has them. */
  async found(): Promise<Map<string, string>> {
    const list = images.parse(JSON.parse((await this.send('GET', '/images/json?all=1')).text))
    return new Map(
      list.flatMap(({ Id, RepoTags }) =>
        (RepoTags ?? []).filter((name) => !name.includes('<none>')).map((name) => [name, Id]),
      ),
    )
  }

  /**
   * After a restart: fsck is clean, all that was acknowledged is there and nothing else has a name;
   * of `unsure`, which was under way, all or nothing has happened. Then gc leaves no garbage.
   */
  async check(unsure: Change | null): Promise<void> {
    expect(await this.ingest()).toEqual([])
    await this.fsck()
    const found = await this.found()
    for (const name of unsure?.names?.keys() ?? []) {
      const now = found.get(name)
      const before = this.names.get(name)
      const after = unsure?.names?.get(name)
      // An id that was never told cannot be known before.
      expect([before, after ?? now ?? undefined]).toContain(now)
      this.acknowledge({ names: new Map([[name, now ?? null]]) })
    }
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(this.names))
    await this.checkFiles(unsure?.files ?? new Map())
    await this.gc()
    expect(await this.gc()).toBe(0)
    await this.fsck()
  }

  /** Removes what nothing refers to; how many blobs went. */
  async gc(): Promise<number> {
    return gcAnswer.parse(JSON.parse((await this.send('POST', '/lamina/v1/gc')).text)).removed
  }

  private async fsck(): Promise<void> {
    const { text } = await this.send('POST', '/lamina/v1/fsck')
    const { report } = fsckLine.parse(JSON.parse(text.trim().split('\n').at(-1) ?? ''))
    expect(report.problems).toEqual([])
  }

  private async checkFiles(unsure: ReadonlyMap<string, string | null>): Promise<void> {
    const { bytes } = await this.send('GET', '/containers/box/archive?path=/data')
    const found = new Map(
      (await readTar(bytes))
        .filter(({ header }) => header.type === 'file')
        .map(({ header, content }) => [header.name.replace(/^data\//, ''), content.toString()]),
    )
    const happened = [...unsure].map(([name, text]) => (found.get(name) ?? null) === text)
    // One copy is one change: all of its files, or none.
    expect(new Set(happened).size).toBeLessThanOrEqual(1)
    if (happened[0]) this.acknowledge({ files: new Map(unsure) })
    expect([...found.keys()].sort()).toEqual([...this.files.keys()].sort())
    for (const [name, text] of this.files) expect(found.get(name) === text, name).toBe(true)
  }
}
