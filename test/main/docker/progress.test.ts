import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { jsonLines, progressLineSchema, type ProgressLine } from '../../../src/main/docker/progress'
import { changedKinds } from '../../../src/main/docker/system'
import { layerProgress } from '../../../src/main/services/layer-progress'
import type { TaskItem } from '../../../src/shared/models'

async function read(chunks: (string | Buffer)[]): Promise<ProgressLine[]> {
  const lines: ProgressLine[] = []
  for await (const line of jsonLines(Readable.from(chunks), progressLineSchema)) lines.push(line)
  return lines
}

describe('progress lines', () => {
  it('are put together however they are cut', async () => {
    const text = '{"status":"层"}\r\n\r\n{"id":"a","status":"Pushing"}\n{"status":"end"}'
    const bytes = Buffer.from(text)
    const one = await read([text])
    const each = await read([...bytes].map((byte) => Buffer.from([byte])))
    expect(one).toEqual(each)
    expect(one.map(({ status }) => status)).toEqual(['层', 'Pushing', 'end'])
  })

  it('that are none end in an error', async () => {
    await expect(read(['<html>\n'])).rejects.toThrow()
    await expect(read(['{"status":5}\n'])).rejects.toThrow()
    await expect(read(['{"status":"cut'])).rejects.toThrow()
  })
})

describe('items of a task', () => {
  function items(lines: ProgressLine[]): TaskItem[] {
    const found = new Map<string, TaskItem>()
    const feed = layerProgress({
      signal: new AbortController().signal,
      item: (id, change) => {
        const before = found.get(id) ?? { id, state: 'waiting', status: '', done: 0, total: null }
        found.set(id, { ...before, ...change })
      },
      log: () => undefined,
    })
    for (const line of lines) feed(line)
    return [...found.values()]
  }

  it('follow a push', () => {
    expect(
      items([
        { status: 'The push refers to repository [127.0.0.1:5000/a/b]' },
        { id: 'aa', status: 'Preparing', progressDetail: {} },
        { id: 'bb', status: 'Layer already exists' },
        { id: 'aa', status: 'Pushing', progressDetail: { current: 512, total: 1000 } },
        { id: 'aa', status: 'Pushing', progressDetail: { current: 1536, total: 1000 } },
        { id: 'aa', status: 'Pushing', progressDetail: { current: 2048 } },
        { id: 'aa', status: 'Pushed' },
        { status: '1: digest: sha256:…' },
      ]),
    ).toEqual([
      { id: 'aa', state: 'done', status: 'Pushed', done: 1000, total: 1000 },
      { id: 'bb', state: 'exists', status: 'Layer already exists', done: 0, total: null },
    ])
  })

  it('follow a pull', () => {
    const pull: ProgressLine[] = [
      { id: 'latest', status: 'Pulling from a/b' },
      { id: 'aa', status: 'Pulling fs layer' },
      { id: 'aa', status: 'Downloading', progressDetail: { current: 10, total: 100 } },
    ]
    expect(items(pull)).toEqual([
      { id: 'aa', state: 'working', status: 'Downloading', done: 10, total: 100 },
    ])
    const loaded = [...pull, { id: 'aa', status: 'Download complete' }]
    expect(items(loaded)).toMatchObject([{ state: 'working', done: 100, total: 100 }])
    const complete = [...loaded, { id: 'aa', status: 'Pull complete' }]
    expect(items(complete)).toMatchObject([{ state: 'done', done: 100 }])
  })
})

describe('events', () => {
  it.each([
    ['image', 'tag', ['image']],
    ['image', 'push', []],
    ['container', 'create', ['container', 'image', 'volume']],
    ['container', 'start', ['container']],
    ['container', 'exec_create: sh', []],
    ['container', 'health_status: healthy', []],
    ['volume', 'mount', ['volume']],
    ['network', 'connect', ['network']],
    ['daemon', 'reload', []],
  ])('%s %s makes stale: %j', (Type, Action, kinds) => {
    expect(changedKinds({ Type, Action })).toEqual(kinds)
  })
})
