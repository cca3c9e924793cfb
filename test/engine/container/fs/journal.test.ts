import { expect, it } from 'vitest'
import { makeEntry } from '../../../../src/engine/layer/make-entry'
import { readJournal, writeGroup, type Change } from '../../../../src/engine/container/fs/journal'

const at = { mtime: 1, mtimeNsec: 2 }
const CHANGES: Change[] = [
  {
    op: 'put',
    at,
    entry: makeEntry({
      path: 'bin/a\udc80\n"',
      type: 'file',
      mode: 0o6755,
      uid: 4_000_000_000,
      gid: 7,
      size: 2 ** 40,
      stored: 10,
      offset: 512,
      mtime: -5,
      mtimeNsec: 999_999_999,
      xattrs: new Map([['security.capability', Buffer.of(0, 1, 255)]]),
      sparse: [{ offset: 0, length: 10 }],
    }),
  },
  {
    op: 'put',
    at,
    entry: makeEntry({ path: 'dev/x', type: 'char', mode: 0o600, devMajor: 5, devMinor: 300 }),
  },
  {
    op: 'put',
    at,
    entry: makeEntry({ path: 'l', type: 'symlink', mode: 0o777, linkname: '../x' }),
  },
  { op: 'link', path: 'b', target: 'a', at },
  { op: 'remove', path: 'gone', at },
  { op: 'time', path: '', at },
]

it('reads back what was written', () => {
  const text = Buffer.from(writeGroup(CHANGES, 77) + writeGroup([], 99))
  expect(readJournal(text)).toEqual({ changes: CHANGES, length: text.length, data: 99 })
})

it('leaves out a torn tail, wherever it is torn', () => {
  const first = Buffer.from(writeGroup(CHANGES.slice(0, 2), 10))
  const whole = Buffer.concat([first, Buffer.from(writeGroup(CHANGES.slice(2), 20))])
  for (let length = first.length; length < whole.length; length++) {
    const { changes, length: valid, data } = readJournal(whole.subarray(0, length))
    expect([changes.length, valid, data]).toEqual([2, first.length, 10])
  }
  expect(readJournal(whole).changes).toHaveLength(CHANGES.length)
})

it('stops at garbage and at an empty file', () => {
  const first = writeGroup(CHANGES, 10)
  const bytes = Buffer.from(`${first}\0\0\0garbage\n${first}`)
  expect(readJournal(bytes)).toMatchObject({ length: Buffer.byteLength(first), data: 10 })
  expect(readJournal(Buffer.alloc(0))).toEqual({ changes: [], length: 0, data: 0 })
})
