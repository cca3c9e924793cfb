import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router'

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
  { path: '/tasks', name: 'tasks', component: () => import('@/features/tasks/TasksPage.vue') },
  {
    path: '/settings',
    name: 'settings',
    component: () => import('@/features/settings/SettingsPage.vue'),
  },
  { path: '/:rest(.*)*', name: 'not-found', component: () => import('@/shell/NotFoundPage.vue') },
]

export const router = createRouter({ history: createWebHashHistory(), routes })
