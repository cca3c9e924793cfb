import {
  createRouter,
  createWebHashHistory,
  type RouteLocationNormalized,
  type RouteRecordNameGeneric,
  type RouteRecordRaw,
} from 'vue-router'

/** A hash, because the files of the interface may be opened without a server. */
const routes: RouteRecordRaw[] = [
  { path: '/', redirect: '/images' },
  {
    path: '/images',
    name: 'images',
    component: () => import('@/features/images/ImagesPage.vue'),
  },
  {
    // `?reference=` is the name by which the image was opened; `?tab=` the part that is shown.
    path: '/images/:id',
    name: 'image',
    component: () => import('@/features/images/ImagePage.vue'),
    props: true,
  },
  {
    // `?task=` is the build that is shown.
    path: '/build',
    name: 'build',
    component: () => import('@/features/build/BuildPage.vue'),
  },
  {
    path: '/images/:id/push',
    name: 'push',
    component: () => import('@/features/push/PushPage.vue'),
    props: true,
  },
  {
    path: '/containers',
    name: 'containers',
    component: () => import('@/features/containers/ContainersPage.vue'),
  },
  {
    path: '/containers/:id',
    name: 'container',
    component: () => import('@/features/containers/ContainerPage.vue'),
    props: true,
  },
  {
    path: '/volumes',
    name: 'volumes',
    component: () => import('@/features/volumes/VolumesPage.vue'),
  },
  {
    path: '/registries',
    name: 'registries',
    component: () => import('@/features/registries/RegistriesPage.vue'),
  },
  {
    // `?repository=` is the one whose tags are shown.
    path: '/registries/:id',
    name: 'registry',
    component: () => import('@/features/registries/RegistryPage.vue'),
    props: true,
  },
  {
    // `?repository=&reference=` is the image, `?platform=` one of an index, `?tab=` the part.
    path: '/registries/:id/image',
    name: 'remote-image',
    component: () => import('@/features/registries/RemoteImagePage.vue'),
    props: true,
  },
  {
    // `?address=` is the registry that is looked at, `?image=` what was to be pushed, `?tab=` the part.
    path: '/doctor',
    name: 'doctor',
    component: () => import('@/features/doctor/DoctorPage.vue'),
  },
  { path: '/tasks', name: 'tasks', component: () => import('@/features/tasks/TasksPage.vue') },
  {
    // Of the settings: it is no noun of the side bar.
    path: '/storage',
    name: 'storage',
    component: () => import('@/features/storage/StoragePage.vue'),
  },
  {
    path: '/settings',
    name: 'settings',
    component: () => import('@/features/settings/SettingsPage.vue'),
  },
  { path: '/:rest(.*)*', name: 'not-found', component: () => import('@/shell/NotFoundPage.vue') },
]

export const router = createRouter({ history: createWebHashHistory(), routes })

/** Pages of which a module or a style sheet did not come: nobody asks for the same file again. */
const lost = new Set<RouteRecordNameGeneric>()

/**
 * Fetches the pages that were not visited yet. A browser refuses requests in the moment in which a
 * network comes or goes, and Docker makes one for every container: better now than at the click.
 */
export function loadAllPages(): void {
  for (const { name, components } of router.getRoutes()) {
    const page = components?.default
    if (typeof page === 'function') {
      void (page as () => Promise<unknown>)().catch(() => lost.add(name))
    }
  }
}

const RELOADED = 'lamina-reloaded-at'

/** A page whose files did not arrive: loads the window again, once in ten seconds at most. */
export function reloadOnLostPage(): void {
  // Without its style sheets a page would be drawn all the same: bare, and every row of its tables.
  router.beforeEach((to) => !lost.has(to.name) || !reloadAt(to))
  router.onError((_error, to) => void reloadAt(to))
}

/** Whether the window is loaded again, with this page. */
function reloadAt(to: RouteLocationNormalized): boolean {
  const last = Number(sessionStorage.getItem(RELOADED) ?? 0)
  if (Date.now() - last < 10_000) return false
  sessionStorage.setItem(RELOADED, String(Date.now()))
  window.location.hash = to.fullPath
  window.location.reload()
  return true
}
