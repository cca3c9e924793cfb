import { beforeAll, describe, expect, it } from 'vitest'
import { LaminaError } from '@shared/errors'
import type { Store } from '../../../src/engine/image/types'
import { makeImage, stores } from '../image/stores'
import { source } from '../layer/tars'
import { build, cachedSteps, configOf, contextOf, filesOf, ingestOf } from './builds'

const open = stores()
let store: Store

beforeAll(async () => {
  store = await open()
  await makeImage(store, [[source('bin', { type: 'directory', mode: 0o755 })]], ['base:1'], {
    config: { Cmd: ['sh'], Env: ['PATH=/bin'], Healthcheck: { Test: ['CMD', 'x'], Retries: 3 } },
  })
})

/** Ids made by chance are one word. */
const plain = (output: string): string => output.replace(/\b[0-9a-f]{12}\b/g, 'ID')

describe('what a build says', () => {
  it('is what dockerd says, step by step', async () => {
    const lines = [
      'ARG TAG=1',
      'FROM base:$TAG AS one',
      'ENV A=1',
      'FROM scratch',
      'COPY a /',
      'CMD ["x"]',
    ]
    const { output } = await build(store, lines, { files: [{ name: 'a', content: 'a' }] })
    expect(plain(output)).toBe(
      [
        'Step 1/6 : ARG TAG=1',
        'Step 2/6 : FROM base:$TAG AS one',
        ' ---> ID',
        'Step 3/6 : ENV A=1',
        ' ---> Running in ID',
        'Removing intermediate container ID',
        ' ---> ID',
        'Step 4/6 : FROM scratch',
        ' ---> ',
        'Step 5/6 : COPY a /',
        ' ---> ID',
        'Step 6/6 : CMD ["x"]',
        ' ---> Running in ID',
        'Removing intermediate container ID',
        ' ---> ID',
        '',
      ].join('\n'),
    )
  })

  it('counts labels of the command line as steps and takes them as they are', async () => {
    const { id, output } = await build(store, ['FROM base:1', 'ENV A=1'], {
      labels: { z: '$A "q"', b: '' },
    })
    expect(output).toContain('Step 3/4 : LABEL b=\n')
    expect(output).toContain('Step 4/4 : LABEL z=$A "q"\n')
    expect((await configOf(store, id)).config?.Labels).toEqual({ b: '', z: '$A "q"' })
  })
})

describe('what a build makes', () => {
  it('has the fields of images that dockerd builds', async () => {
    const lines = ['FROM base:1', 'MAINTAINER Mei', 'COPY a /x/', 'HEALTHCHECK --interval=9s CMD y']
    const files = [{ name: 'a', content: 'a', mtime: new Date('2021-03-04T05:06:07Z') }]
    const { id } = await build(store, lines, { files })
    const config = await configOf(store, id)
    expect(config).toMatchObject({
      architecture: 'amd64',
      os: 'linux',
      author: 'Mei',
      docker_version: '20.10.24',
      container: expect.stringMatching(/^[0-9a-f]{64}$/),
      config: {
        Cmd: ['sh'],
        Image: store.images.get(id as never)?.parent,
        Labels: null,
        // dockerd has the retries of the base image come through.
        Healthcheck: { Test: ['CMD-SHELL', 'y'], Interval: 9e9, Retries: 3 },
      },
      container_config: {
        Hostname: config.container?.slice(0, 12),
        Labels: {},
        Cmd: [
          ...['/bin/sh', '-c', '#(nop) '],
          `HEALTHCHECK &{["CMD-SHELL" "y"] "9s" "0s" "0s" '\\x00'}`,
        ],
      },
    })
    expect(config.history.slice(-3).map((step) => step.created_by)).toEqual([
      '/bin/sh -c #(nop)  MAINTAINER Mei',
      expect.stringMatching(/^\/bin\/sh -c #\(nop\) COPY file:[0-9a-f]{64} in \/x\/ $/),
      `/bin/sh -c #(nop)  HEALTHCHECK &{["CMD-SHELL" "y"] "9s" "0s" "0s" '\\x00'}`,
    ])
    expect(config.history.slice(-3).map((step) => step.empty_layer)).toEqual([
      true,
      undefined,
      true,
    ])
  })

  it('has the hashes of files that dockerd has', async () => {
    const files = [{ name: 'empty', content: '' }]
    const { id } = await build(store, ['FROM scratch', 'COPY empty /empty'], { files })
    const { history } = await configOf(store, id)
    expect(history.map((step) => step.created_by)).toEqual([
      // As dockerd 20.10.24 printed it for the same context.
      '/bin/sh -c #(nop) COPY file:545cac804bb64dccc8334bcc23561d7663ca64e2f918b852e482f5e5c0ee5966 in /empty ',
    ])
  })

  it('has a chain of parents, of which only the last needs a name', async () => {
    const { id } = await build(store, ['FROM base:1', 'LABEL chain=1', 'LABEL chain=2'])
    const chain: string[] = []
    for (
      let at = store.images.get(id as never);
      at;
      at = at.parent && store.images.get(at.parent)
    ) {
      chain.push(at.tags.join())
    }
    expect(chain).toEqual(['', '', 'docker.io/library/base:1'])
  })

  it('takes a target, whatever its case, and no number for it', async () => {
    const lines = ['FROM base:1 AS One', 'LABEL s=1', 'FROM one AS two', 'LABEL s=2', 'FROM none']
    const one = await build(store, lines, { target: 'ONE' })
    expect((await configOf(store, one.id)).config?.Labels).toEqual({ s: '1' })
    expect((await build(store, lines, { target: 'two' })).failure).toBeNull()
    expect((await build(store, lines, { target: '0' })).failure).toBe(
      'failed to reach build target 0 in Dockerfile',
    )
  })

  it('runs what ONBUILD has kept, in the next build only', async () => {
    const parent = await build(store, ['FROM base:1', 'ONBUILD COPY a /x', 'ONBUILD ENV T=$U'])
    await store.images.tag(parent.id as never, 'parent:1')
    const files = [{ name: 'a', content: 'a' }]
    const child = await build(store, ['FROM parent:1', 'ENV U=1'], { files })
    expect(child.output).toContain('# Executing 2 build triggers\n')
    expect(await filesOf(store, child.id)).toMatchObject({ x: '"a" 644 0:0' })
    const { config } = await configOf(store, child.id)
    expect([config?.OnBuild, config?.Env]).toEqual([null, ['PATH=/bin', 'T=', 'U=1']])
    expect((await build(store, ['FROM parent:1'])).failure).toContain('stat a: file does not exist')
  })

  it('makes the working directory wherever a step is made without it', async () => {
    const { id } = await build(store, [
      'FROM scratch',
      'WORKDIR /a/b',
      'WORKDIR c',
      'WORKDIR /x/../y/',
    ])
    expect(Object.keys(await filesOf(store, id))).toEqual(['a', 'y', 'a/b', 'a/b/c'])
    expect((await configOf(store, id)).config?.WorkingDir).toBe('/x/../y/')
    const files = [{ name: 'f', content: '' }]
    const { failure } = await build(store, ['FROM scratch', 'COPY f /f', 'WORKDIR /f'], { files })
    expect(failure).toBe('Cannot mkdir: /f is not a directory')
  })
})

describe('the cache', () => {
  const files = [{ name: 'a', content: 'a' }, { name: 'd/' }, { name: 'd/b', content: 'b' }]
  const lines = ['FROM base:1', 'LABEL cache=1', 'COPY a /a', 'COPY d /d', 'ENV X=1']

  it('has every step that was done before, whatever the times of files', async () => {
    const first = await build(store, lines, { files })
    expect(cachedSteps(first.output)).toEqual([])
    const later = files.map((file) => ({ ...file, mtime: new Date() }))
    const second = await build(store, lines, { files: later })
    expect(cachedSteps(second.output)).toEqual([2, 3, 4, 5])
    expect(second.id).toBe(first.id)
  })

  it.each([
    ['content', { name: 'd/b', content: 'c' }, [2, 3]],
    ['mode', { name: 'd/b', content: 'b', mode: 0o755 }, [2, 3]],
    ['owner', { name: 'd/b', content: 'b', uid: 9 }, [2, 3]],
    ['name', { name: 'd/c', content: 'b' }, [2, 3]],
    ['a new file beside', { name: 'other', content: 'b' }, [2, 3, 4, 5]],
  ])('ends at the step whose files differ: %s', async (_what, file, cached) => {
    const kept = file.name === 'other' ? files : files.slice(0, 2)
    const { output } = await build(store, lines, { files: [...kept, file] })
    expect(cachedSteps(output)).toEqual(cached)
  })

  it('ends at another instruction, and at --no-cache', async () => {
    const other = lines.map((line) => (line === 'COPY a /a' ? 'COPY a /b' : line))
    expect(cachedSteps((await build(store, other, { files })).output)).toEqual([2])
    expect(cachedSteps((await build(store, lines, { files, noCache: true })).output)).toEqual([])
  })

  it('begins anew in the next stage, and knows what --from has copied', async () => {
    const staged = ['FROM base:1 AS x', 'LABEL v=1', 'FROM base:1', 'COPY --from=x /bin /b']
    await build(store, staged)
    const { output } = await build(
      store,
      staged.map((line) => line.replace('v=1', 'v=2')),
    )
    expect(cachedSteps(output)).toEqual([4])
  })
})

describe('a build that fails', () => {
  it('at RUN says what can be done, and leaves nothing half written', async () => {
    const { error, failure, output } = await build(store, ['FROM base:1', 'ENV A=2', 'RUN make'])
    expect(error).toMatchObject({ code: 'engine_cannot_run' })
    expect(failure).toContain('cannot run commands, and RUN is one')
    expect(output).toMatch(/Step 3\/3 : RUN make\n$/)
    expect(await ingestOf(store)).toEqual([])
    expect((await store.fsck()).problems).toEqual([])
  })

  it.each([
    [['FROM none'], 'no registry has none'],
    [['FROM scratch'], 'No image was generated. Is your Dockerfile empty?'],
    [['FROM $X'], 'base name ($X) should not be blank'],
    [['FROM base:1 AS a', 'FROM base:1 AS A', 'ENV A=1'], 'a stage name already used'],
    [
      ['FROM base:1', 'RUN --mount=type=cache x'],
      'the --mount option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build images with BuildKit enabled',
    ],
    [['FROM base:1', 'COPY --from=1 a /'], 'invalid from flag value 1: index out of bounds'],
    [
      ['FROM base:1', 'COPY --from=0 a /'],
      'invalid from flag value 0: refers to current build stage',
    ],
    [['FROM base:1', 'COPY --from=none a /'], 'invalid from flag value none: no registry has none'],
    [
      ['FROM --platform=a/b/c/d base:1'],
      'failed to parse platform a/b/c/d: "a/b/c/d": cannot parse platform specifier: invalid argument',
    ],
    [['FROM base:1', 'NONSENSE'], 'dockerfile parse error line 2: unknown instruction: NONSENSE'],
    [['FROM base:1', 'ENV A'], 'failed to parse Dockerfile: ENV must have two arguments'],
    [['ARG A'], 'dockerfile contains no stages to build'],
    [['ENV A=1'], 'no build stage in current context'],
    [['# nothing'], 'failed to parse Dockerfile: file with no instructions'],
  ])('%j', async (lines, message) => {
    expect((await build(store, lines)).failure).toBe(message)
  })

  it('because the client went away is cancelled where it is', async () => {
    const gone = new AbortController()
    const steps: string[] = []
    const { error } = await build(store, ['FROM base:1', 'LABEL gone=1', 'LABEL gone=2'], {
      signal: gone.signal,
      print: async (text) => {
        steps.push(text)
        if (text.startsWith('Step 2')) gone.abort()
      },
    })
    expect(error).toMatchObject({ code: 'cancelled' })
    expect(steps.join('')).not.toContain('Step 3')
    expect(await ingestOf(store)).toEqual([])
  })

  it('because the context breaks off leaves nothing', async () => {
    const whole = await contextOf(['FROM base:1'], [{ name: 'a', content: Buffer.alloc(100_000) }])
    async function* broken() {
      yield whole.subarray(0, 50_000)
      throw new LaminaError('cancelled')
    }
    expect((await build(store, [], { context: broken() })).error).toMatchObject({
      code: 'cancelled',
    })
    expect(await ingestOf(store)).toEqual([])
  })
})
