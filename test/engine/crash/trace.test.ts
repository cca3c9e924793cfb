import { expect, it } from 'vitest'
import { parseTrace, publications } from './trace'

const good = `10 write(21</r/ingest/a>, "x"..., 5) = 5
10 pwrite64(21</r/ingest/a>, "y"..., 5, 5 <unfinished ...>
11 write(1</dev/null>, "z", 1) = 1
10 <... pwrite64 resumed>) = 5
11 fsync(21</r/ingest/a> <unfinished ...>
10 write(4<pipe:[7]>, "z", 1) = 1
11 <... fsync resumed>) = 0
12 rename("/r/ingest/a", "/r/blobs/sha256/b") = 0
10 fsync(22</r/blobs/sha256>) = 0
`

const faults = (text: string) => publications(parseTrace(text), '/r').map(({ fault }) => fault)
const without = (part: string) =>
  good
    .split('\n')
    .filter((line) => !line.includes(part))
    .join('\n')

it('sees a file that is synced, renamed, and whose folder is synced', () => {
  expect(publications(parseTrace(good), '/r')).toEqual([{ path: '/r/blobs/sha256/b', fault: null }])
})

it('misses each sync that is not there, failed, or came too early', () => {
  const file = '/r/ingest/a was not synced after its last write'
  const folder = '/r/blobs/sha256 was not synced after the rename'
  expect(faults(without('11 '))).toEqual([file])
  expect(
    faults(good.replace('11 <... fsync resumed>) = 0', '11 <... fsync resumed>) = -1 EIO')),
  ).toEqual([file])
  expect(faults(without('10 fsync'))).toEqual([folder])
  const early = good.replace('12 rename', '10 write(21</r/ingest/a>, "w", 1) = 1\n12 rename')
  expect(faults(early)).toEqual([file])
  const lines = good.trim().split('\n')
  const swapped = [...lines.slice(0, -2), lines.at(-1), lines.at(-2)].join('\n')
  expect(faults(swapped)).toEqual([folder])
  expect(faults('12 rename("/r/ingest/a", "/r/blobs/sha256/b") = 0')).toEqual([
    'nothing was written or synced under its first name',
  ])
})

it('looks at the files of a folder that is renamed, and not at what is being removed', () => {
  const folder = `1 write(5</r/containers/.new-1/container.json>, "{}", 2) = 2
1 fsync(5</r/containers/.new-1/container.json>) = 0
1 rename("/r/containers/.new-1", "/r/containers/1") = 0
1 fsync(6</r/containers>) = 0
1 rename("/r/containers/1", "/r/containers/.gone-1") = 0
1 rename("/r/blobs/sha256/b", "/r/ingest/c") = 0
`
  expect(publications(parseTrace(folder), '/r')).toEqual([{ path: '/r/containers/1', fault: null }])
})
