import { expect, it } from 'vitest'
import { searchPalette, type PaletteItem } from '@/lib/palette'

const item = (group: PaletteItem['group'], title: string, hint = ''): PaletteItem => ({
  id: `${group}:${title}`,
  group,
  title,
  hint,
  run: () => undefined,
})
const items = [
  item('pages', 'Images', '1'),
  item('images', 'my/debian:1', 'aadbc6626d83'),
  item('images', 'debian:12', '0123456789ab'),
  item('images', 'lebdebian:1', 'ffffffffffff'),
  item('containers', 'web-1', 'debian:12 · running'),
]
const titles = (query: string) => searchPalette(items, query).map(({ title }) => title)

it('puts what begins with the words first, group by group', () => {
  expect(titles('deb')).toEqual(['debian:12', 'my/debian:1', 'lebdebian:1', 'web-1'])
})

it('finds by id, by state, by several words', () => {
  expect(titles('aadb')).toEqual(['my/debian:1'])
  expect(titles('debian running')).toEqual(['web-1'])
  expect(titles('nothing')).toEqual([])
})

it('shows a few of each kind, so that no kind hides the others', () => {
  const many = [
    ...Array.from({ length: 10_000 }, (_, i) => item('images', `app:${i}`)),
    item('actions', 'app action'),
  ]
  const found = searchPalette(many, 'app')
  expect(found).toHaveLength(9)
  expect(found.at(-1)?.group).toBe('actions')
})
