import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { startLocalEngine, tarOf, type LocalEngine } from '../support'

const imported = z.object({ status: z.string() })
const list = z.array(
  z.looseObject({
    Id: z.string(),
    RepoTags: z.array(z.string()).nullable(),
    Labels: z.record(z.string(), z.string()).nullable(),
  }),
)

let local: LocalEngine

beforeEach(async () => {
  local = await startLocalEngine()
})
afterEach(() => local.stop())

async function make(query: string, text: string, ...labels: string[]): Promise<string> {
  const changes = labels.map((label) => `&changes=${encodeURIComponent(`LABEL ${label}`)}`)
  const path = `/images/create?fromSrc=-${query}${changes.join('')}`
  const answer = await local.call('POST', path, await tarOf({ file: text }))
  return imported.parse(answer.json).status
}

async function images(filters: Record<string, string[]> = {}) {
  const query = encodeURIComponent(JSON.stringify(filters))
  return list.parse((await local.call('GET', `/images/json?all=1&filters=${query}`)).json)
}

it('of a new engine reads no config, and is the one of before', async () => {
  const red = await make('&repo=red', 'red', 'color=red', 'z=1', 'a=2')
  const blue = await make('&repo=blue', 'blue', 'color=blue')
  const bare = await make('', 'bare')
  const questions: Record<string, string[]>[] = [
    {},
    { label: ['color'] },
    { label: ['color=red'] },
    { label: ['color=red', 'a=3'] },
    { dangling: ['true'] },
    { dangling: ['false'] },
    { before: ['blue'] },
    { since: ['red'] },
    { reference: ['r*'], label: ['z'] },
  ]
  const ask = () => Promise.all(questions.map(images))
  const before = await ask()
  expect(before[0]?.map(({ Id }) => Id)).toHaveLength(3)
  expect(before[2]).toMatchObject([{ Id: red, RepoTags: ['red:latest'] }])
  expect(Object.entries(before[2]?.[0]?.Labels ?? {})).toEqual([
    ['a', '2'],
    ['color', 'red'],
    ['z', '1'],
  ])
  expect(before[3]).toEqual([])
  expect(before[4]).toMatchObject([{ Id: bare, Labels: null }])
  for (const id of [red, blue, bare]) await rm(join(local.root, 'blobs/sha256', id.slice(7)))
  await local.restart()
  expect(await ask()).toEqual(before)
})
