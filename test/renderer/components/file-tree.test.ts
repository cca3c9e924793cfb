import type { TreeNode } from '@shared/models'
import { flushPromises } from '@vue/test-utils'
import { expect, it, vi } from 'vitest'
import FileTree from '@/components/FileTree.vue'
import { fakeMain } from '../support/fake-main'
import { mountInApp, need, press, type } from '../support/mount'

const node = (path: string, part: Partial<TreeNode> = {}): TreeNode => ({
  name: path.split('/').at(-1) ?? '',
  path,
  type: 'file',
  change: 'added',
  size: 1600,
  children: 0,
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: 0,
  linkTarget: null,
  ...part,
})
const children: Record<string, TreeNode[]> = {
  '': [
    node('etc', { type: 'directory', children: 2, change: null }),
    node('tmp.log', { change: 'deleted', size: null }),
  ],
  etc: [node('etc/hosts', { change: 'changed' }), node('etc/vim', { type: 'directory' })],
}
const main = fakeMain({
  'trees.children': ({ path }) => ({
    nodes: children[path] ?? [],
    total: children[path]?.length ?? 0,
  }),
  'trees.search': () => ({ nodes: [node('etc/hosts')], total: 1 }),
})
const summary = { tree: 'h1', entries: 1e6, bytes: 1, added: 312, changed: 11, deleted: 1 }
const paths = () =>
  [...document.querySelectorAll<HTMLElement>('[data-testid="files-tree-row"]')].map(
    (row) => `${row.dataset.path}:${row.dataset.change ?? ''}`,
  )

it('loads folders as they are opened, marks changes, searches', async () => {
  const wrapper = await mountInApp(FileTree, { name: 'files', summary, marks: 'ACD' })
  const tree = need('files-tree')
  expect(paths()).toEqual(['etc:', 'tmp.log:deleted'])
  expect(need('tree-count-added').textContent).toContain('312')

  await press(tree, 'ArrowRight')
  expect(paths()).toEqual(['etc:', 'etc/hosts:changed', 'etc/vim:added', 'tmp.log:deleted'])
  expect(wrapper.text()).toContain('C')
  expect(wrapper.text()).toContain('0:0 rw-r--r--')
  await press(tree, 'ArrowRight')
  await press(tree, 'ArrowLeft')
  await press(tree, 'ArrowLeft')
  expect(paths()).toHaveLength(2)

  vi.useFakeTimers()
  await type('files-filter', 'hosts')
  await vi.advanceTimersByTimeAsync(500)
  await flushPromises()
  expect(main.inputs('trees.search')).toEqual([{ tree: 'h1', query: 'hosts', limit: 1000 }])
  expect(paths()).toEqual(['etc/hosts:added'])
})
