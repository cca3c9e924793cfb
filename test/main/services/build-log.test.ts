import { describe, expect, it } from 'vitest'
import type { LogLine, TaskItem } from '../../../src/shared/models'
import { BuildLog } from '../../../src/main/services/build-log'
import { LogBook } from '../../../src/main/services/task-log'

function setUp() {
  const lines: LogLine[] = []
  const items = new Map<string, Partial<TaskItem>>()
  const log = new BuildLog({
    signal: new AbortController().signal,
    item: (id, change) => items.set(id, { ...items.get(id), ...change }),
    log: (line) => lines.push(line),
  })
  return { log, lines, items }
}

describe('what a builder says', () => {
  it('becomes lines and steps, however it is cut', () => {
    const { log, lines, items } = setUp()
    const said = [
      'Step 1/2 : FROM sc',
      'ratch\n',
      ' ---> \nStep 2/2 : RUN make\n ---> Using cache\n',
      ' ---> 0123456789ab\nSuccessfully built 0123456789ab',
    ]
    for (const stream of said) log.line({ stream })
    log.end()
    expect(lines.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
      'step Step 1/2 : FROM scratch',
      'detail  ---> ',
      'step Step 2/2 : RUN make',
      'detail  ---> Using cache',
      'detail  ---> 0123456789ab',
      'output Successfully built 0123456789ab',
    ])
    expect(items.get('1/2 FROM scratch')).toMatchObject({ state: 'done' })
    expect(items.get('2/2 RUN make')).toMatchObject({ state: 'exists', status: 'Using cache' })
    expect(log.step).toBe('2/2 RUN make')
  })

  it('loses colours and what was written over; red is an error', () => {
    const { log, lines } = setUp()
    log.line({ stream: '\u001b[91mno such file\n\u001b[0m' })
    log.line({ stream: '10%\r50%\r100%\r\n' })
    log.line({ stream: '\u001b[32mgreen\u001b[0m\n' })
    expect(lines).toEqual([
      { kind: 'error', text: 'no such file' },
      { kind: 'output', text: '100%' },
      { kind: 'output', text: 'green' },
    ])
  })

  it('of layers that are pulled is shown as bars', () => {
    const { log, lines, items } = setUp()
    log.line({ status: 'Pulling from library/alpine', id: '3.19' })
    log.line({ status: 'Downloading', id: 'ab12', progressDetail: { current: 5, total: 10 } })
    expect(lines).toEqual([{ kind: 'detail', text: '3.19: Pulling from library/alpine' }])
    expect(items.get('ab12')).toMatchObject({ state: 'working', done: 5, total: 10 })
  })
})

describe('a log book', () => {
  it('tells what is new once, and all of it at any time', () => {
    const book = new LogBook()
    const line = (text: string): LogLine => ({ kind: 'output', text })
    book.add(line('a'))
    book.add(line('b'))
    expect(book.news()).toEqual({ from: 0, lines: [line('a'), line('b')] })
    expect(book.news()).toBeNull()
    book.add(line('c'))
    expect(book.news()).toEqual({ from: 2, lines: [line('c')] })
    expect(book.all().lines).toHaveLength(3)
  })

  it('forgets the oldest of too many, and cuts what is too long', () => {
    const book = new LogBook()
    for (let i = 0; i < 40_000; i++) book.add({ kind: 'output', text: String(i) })
    const { from, lines } = book.all()
    expect(lines[0]?.text).toBe(String(from))
    expect(lines.at(-1)?.text).toBe('39999')
    expect(lines.length).toBeLessThanOrEqual(30_000)
    expect(book.news()?.from).toBe(from)
    book.add({ kind: 'output', text: 'x'.repeat(20_000) })
    expect(book.news()?.lines[0]?.text.length).toBe(10_001)
  })
})
