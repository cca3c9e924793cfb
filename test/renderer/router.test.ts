import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { loadAllPages, reloadOnLostPage, router } from '@/router'

const Page = { template: '<p></p>' }
const reload = vi.spyOn(window.location, 'reload').mockImplementation(() => undefined)

/** A page of which a file does not come the first time that it is asked for. */
function addLostPage(name: string): () => number {
  let asked = 0
  const component = () =>
    ++asked === 1 ? Promise.reject(new Error('Unable to preload CSS')) : Promise.resolve(Page)
  router.addRoute({ path: `/${name}`, name, component })
  return () => asked
}

beforeEach(() => {
  for (const { name } of router.getRoutes()) if (name) router.removeRoute(name)
  router.addRoute({ path: '/here', name: 'here', component: Page })
  sessionStorage.clear()
})
afterEach(() => reload.mockClear())
reloadOnLostPage()

it('loads the window again where a style sheet of a page did not come before the visit', async () => {
  const asked = addLostPage('bare')
  await router.push('/here')
  loadAllPages()
  await vi.waitFor(() => expect(asked()).toBe(1))
  await router.push('/bare')
  expect(reload).toHaveBeenCalledTimes(1)
  expect(window.location.hash).toBe('#/bare')
  // That did not help: better a page that is bare than none, and no window that loads for ever.
  await router.push('/here')
  await router.push('/bare')
  expect(reload).toHaveBeenCalledTimes(1)
  expect(router.currentRoute.value.name).toBe('bare')
})

it('loads the window again where a page does not come at the visit', async () => {
  addLostPage('lost')
  await router.push('/here')
  await router.push('/lost').catch(() => undefined)
  expect(reload).toHaveBeenCalledTimes(1)
  await router.push('/here')
  expect(reload).toHaveBeenCalledTimes(1)
})
