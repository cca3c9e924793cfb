import { flushPromises } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'
import DataTable from '@/components/DataTable.vue'
import { byText, type Column } from '@/lib/table-model'
import { mountInApp, need, press, propOf } from '../support/mount'

interface Row {
  name: string
}
const columns: Column<Row>[] = [
  {
    key: 'name',
    title: 'Name',
    width: '1fr',
    text: ({ name }) => name,
    compare: byText(({ name }) => name),
  },
]

async function table(count = 10_000) {
  const rows: Row[] = Array.from({ length: count }, (_, i) => ({ name: `app-${i}` }))
  const wrapper = await mountInApp(DataTable, {
    name: 'things',
    label: 'Things',
    rows,
    columns,
    rowKey: (row: Row) => row.name,
    selectable: true,
    'onUpdate:selected': (selected: string[]) => wrapper.setProps({ selected }),
    'onUpdate:filter': (filter: string) => wrapper.setProps({ filter }),
  })
  return wrapper
}
const grid = () => need('things-table')
const drawn = () =>
  [...document.querySelectorAll<HTMLElement>('[data-testid="things-row"]')].map(
    (row) => row.dataset.key,
  )

describe('DataTable', () => {
  beforeEach(() => (document.body.innerHTML = ''))

  it('draws the rows in view and no more', async () => {
    await table()
    expect(drawn().length).toBeGreaterThan(5)
    expect(drawn().length).toBeLessThan(60)
    expect(grid().getAttribute('aria-rowcount')).toBe('10001')
  })

  it('moves, opens and selects by keyboard', async () => {
    const wrapper = await table()
    await press(grid(), 'ArrowDown')
    await press(grid(), 'ArrowDown')
    await press(grid(), 'Enter')
    expect(wrapper.emitted('open')).toEqual([[{ name: 'app-2' }]])
    await press(grid(), ' ')
    expect(propOf(wrapper, 'selected')).toEqual(['app-2'])
    await press(grid(), 'ArrowDown')
    await press(grid(), 'ArrowDown')
    await press(grid(), ' ', { shiftKey: true })
    expect(propOf(wrapper, 'selected')).toEqual(['app-2', 'app-3', 'app-4'])
    await press(grid(), 'a', { ctrlKey: true })
    expect(propOf(wrapper, 'selected')).toHaveLength(10_000)
  })

  it('filters by typing, keeps shortcuts for the shell', async () => {
    const wrapper = await table()
    await press(grid(), '1')
    expect(propOf(wrapper, 'filter')).toBeFalsy()
    await press(grid(), 'p')
    expect(propOf(wrapper, 'filter')).toBe('p')
    await wrapper.setProps({ filter: 'app-9999' })
    expect(drawn()).toEqual(['app-9999'])
    await wrapper.setProps({ filter: 'x' })
    expect(drawn()).toEqual([])
    expect(wrapper.text()).toContain('“x”')
  })

  it('forgets selected rows that went', async () => {
    const wrapper = await table(3)
    await wrapper.setProps({ selected: ['app-0', 'app-2'] })
    await wrapper.setProps({ rows: [{ name: 'app-2' }] })
    await flushPromises()
    expect(propOf(wrapper, 'selected')).toEqual(['app-2'])
  })

  it('sorts by a click on the head', async () => {
    await table(3)
    need('things-sort-name').click()
    need('things-sort-name').click()
    await flushPromises()
    expect(drawn()).toEqual(['app-2', 'app-1', 'app-0'])
  })
})
