/**
 * The rooms of the house and what each may import (docs/decisions/0002-rooms.md). ESLint and
 * test/rooms.test.ts both read this table; there is no second one.
 */

const ENGINE = [
  'oci',
  'blob',
  'layer',
  'image',
  'registry/client',
  'registry/server',
  'transfer',
  'container',
  'volume',
  'build',
  'docker-api',
  'lamina-api',
].map((name) => `src/engine/${name}`)

const ALL = [
  'src/shared',
  ...ENGINE,
  'src/engine/engine.ts',
  'src/engine/serve.ts',
  'src/engine/serve',
  'src/engine/process',
  'src/main/docker',
  'src/main/services',
  'src/main/electron',
  'src/main/browser',
  'src/main/bridge.ts',
  'src/main/app.ts',
  'src/main/index.ts',
  'src/preload',
  'src/renderer',
]

/** Which rooms each room may import, beside itself and src/shared. */
const MAY_IMPORT = {
  'src/shared': [],
  'src/engine/oci': [],
  'src/engine/blob': ['src/engine/oci'],
  'src/engine/layer': ['src/engine/oci'],
  'src/engine/image': ['src/engine/oci', 'src/engine/blob', 'src/engine/layer'],
  'src/engine/registry/client': upTo('image'),
  'src/engine/registry/server': [...upTo('image'), 'src/engine/process'],
  'src/engine/transfer': [...upTo('image'), 'src/engine/registry/client'],
  'src/engine/container': upTo('image'),
  'src/engine/volume': upTo('image'),
  'src/engine/build': [...upTo('image'), 'src/engine/container'],
  'src/engine/docker-api': [...ENGINE, 'src/engine/engine.ts'],
  'src/engine/lamina-api': [...ENGINE, 'src/engine/engine.ts'],
  'src/engine/engine.ts': ENGINE,
  'src/engine/serve.ts': [
    ...ENGINE,
    'src/engine/engine.ts',
    'src/engine/serve',
    'src/engine/process',
  ],
  'src/engine/serve': [],
  'src/engine/process': [],
  'src/main/docker': [],
  'src/main/services': ['src/main/docker'],
  'src/main/electron': ['src/main/services', 'src/main/bridge.ts', 'src/main/app.ts'],
  'src/main/browser': ['src/main/services', 'src/main/bridge.ts', 'src/main/app.ts'],
  'src/main/bridge.ts': ['src/main/services'],
  'src/main/app.ts': ['src/main/services', 'src/main/docker', 'src/main/bridge.ts'],
  'src/main/index.ts': ['src/main/electron', 'src/main/app.ts', 'src/main/services'],
  'src/preload': [],
  'src/renderer': [],
}

/** Packages that a room may not import (names of modules, as regular expressions). */
const FORBIDDEN_PACKAGES = {
  'src/shared': ['node:.*', '(?!zod$)[a-z@].*'],
  'src/engine': ['electron', 'vue', 'pinia', 'naive-ui'],
  'src/main': ['vue', 'pinia', 'naive-ui'],
  'src/renderer': ['node:.*', 'electron', 'dockerode', 'ws'],
}

/** Where Electron may be imported. */
const ELECTRON_ROOMS = ['src/main/index.ts', 'src/main/electron', 'src/preload']

function upTo(room) {
  return ENGINE.slice(0, ENGINE.indexOf(`src/engine/${room}`) + 1)
}

export const ROOMS = Object.entries(MAY_IMPORT).map(([room, allowed]) => {
  const top = room.split('/').slice(0, 2).join('/')
  const packages = [...(FORBIDDEN_PACKAGES[top] ?? [])]
  if (!ELECTRON_ROOMS.includes(room) && !packages.includes('electron')) packages.push('electron')
  return {
    room,
    allowed: [...allowed, 'src/shared'],
    forbidden: ALL.filter(
      (other) =>
        other !== room &&
        other !== 'src/shared' &&
        !allowed.includes(other) &&
        !other.startsWith(`${room}/`),
    ),
    packages,
  }
})
