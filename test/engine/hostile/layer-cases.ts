/** What stands in layers: paths, links, deletions, devices; loaded as images and looked at. */
import { expect } from 'vitest'
import { makeTar, type TarEntry } from '../cli/harness/tar'
import type { HostileCase } from './case'
import { PWNED, type HostileHost } from './host'
import { imageOf } from './images'
import { base256, pax, rawEntry, rawTar } from './tar-bytes'

const link = (name: string, linkname: string): TarEntry => ({ name, type: 'symlink', linkname })
const hard = (name: string, linkname: string): TarEntry => ({ name, type: 'link', linkname })
const up = (path: string): string => `../../../../../../../../..${path}`

/** An image of these layers, whose files by path are those. */
function shows(
  name: string,
  layers: (host: HostileHost) => TarEntry[][],
  files: (host: HostileHost) => Record<string, string>,
): HostileCase {
  return {
    name,
    route: 'load',
    bytes: async (host) => imageOf(...(await Promise.all(layers(host).map(makeTar)))),
    contained: async (host) => {
      const found = Object.fromEntries(await host.exported('hostile:1'))
      const runtime = ['.dockerenv', 'dev', 'etc', 'proc', 'sys']
      const wanted = files(host)
      for (const path of Object.keys(found)) {
        if (!(path in wanted) && runtime.includes(path.split('/')[0] as string)) delete found[path]
      }
      expect(found).toEqual(wanted)
      expect(Object.values(found).join()).not.toContain(host.secret)
    },
  }
}

/** One layer of these bytes; `check` gets the paths that came of it. */
function holds(
  name: string,
  layer: () => Buffer | Promise<Buffer>,
  check: (files: Map<string, string>) => void,
): HostileCase {
  return {
    name,
    route: 'load',
    bytes: async () => imageOf(await layer()),
    contained: async (host) => check(await host.exported('hostile:1')),
  }
}

function refused(name: string, layer: () => Buffer | Promise<Buffer>, why: RegExp): HostileCase {
  return { name, route: 'load', bytes: async () => imageOf(await layer()), refused: why }
}

const text = (name: string, content = 'mine'): TarEntry => ({ name, content })
const inside = (path: string): string => path.replace(/^\//, '')

const paths: HostileCase[] = [
  shows(
    'a path above the root',
    () => [[text(up(`/${PWNED}`))]],
    () => ({ [PWNED]: 'mine' }),
  ),
  shows(
    'a path that is absolute',
    ({ around }) => [[text(`${around}/${PWNED}`)]],
    ({ around }) => ({ ...folders(inside(around)), [`${inside(around)}/${PWNED}`]: 'mine' }),
  ),
  shows(
    '".." in the middle',
    () => [[text(`a/../../b/../${PWNED}`)]],
    () => ({ [PWNED]: 'mine' }),
  ),
  shows(
    'names with line ends, terminal codes and backslashes',
    () => [[text('a\nb'), text('\u001b[2J'), text('..\\..\\x'), text('C:\\x')]],
    () => ({ 'a\nb': 'mine', '\u001b[2J': 'mine', '..\\..\\x': 'mine', 'C:\\x': 'mine' }),
  ),
  holds(
    'folders a thousand deep',
    () => rawTar(pax([['path', `${'d/'.repeat(1000)}f`]]), { content: 'x' }),
    (files) => expect(files.get(`${'d/'.repeat(1000)}f`)).toBe('x'),
  ),
  refused(
    'a path of 40,000 characters',
    () => rawTar(pax([['path', 'd/'.repeat(20_000)]]), { content: 'x' }),
    /a path is too long/,
  ),
  holds(
    'names that are "." and ".." and "/"',
    () =>
      rawTar(...['.', '..', './', '/', 'a/..', './././'].map((name) => ({ name, content: 'x' }))),
    (files) => expect([...files.values()]).not.toContain('x'),
  ),
]

function folders(path: string): Record<string, string> {
  const parts = path.split('/')
  return Object.fromEntries(parts.map((_, at) => [parts.slice(0, at + 1).join('/'), 'directory ']))
}

const links: HostileCase[] = [
  shows(
    'a link to the machine, and a file through it',
    ({ around }) => [[link('out', around), text(`out/${PWNED}`)]],
    ({ around }) => ({
      out: `symlink ${around}`,
      ...folders(inside(around)),
      [`${inside(around)}/${PWNED}`]: 'mine',
    }),
  ),
  shows(
    'a link upwards, and a file through it',
    () => [[link('out', up('')), text(`out/${PWNED}`)]],
    () => ({ out: `symlink ${up('')}`, [PWNED]: 'mine' }),
  ),
  shows(
    'a link in one layer, a file through it in the next',
    ({ around }) => [[link('out', around)], [text(`out/${PWNED}`)]],
    () => ({ out: 'directory ', [`out/${PWNED}`]: 'mine' }),
  ),
  shows(
    'a link to a secret, written through by the next layer',
    ({ around }) => [[link('out', `${around}/secret`)], [text('out')]],
    () => ({ out: 'mine' }),
  ),
  shows(
    'a hard link to a file of the machine',
    ({ around }) => [[hard('h', `${around}/secret`)]],
    () => ({ h: '' }),
  ),
  shows(
    'a hard link upwards',
    () => [[hard('h', up('/etc/passwd'))]],
    () => ({ h: '' }),
  ),
  shows(
    'a hard link to a link to the machine, written through',
    ({ around }) => [[link('l', `${around}/secret`), hard('h', 'l'), text('h')]],
    ({ around }) => ({ l: `symlink ${around}/secret`, h: 'mine' }),
  ),
  shows(
    'a hard link through a folder that is a link to the machine',
    ({ around }) => [[link('d', around), hard('h', 'd/secret')]],
    ({ around }) => ({ d: `symlink ${around}`, h: '' }),
  ),
  shows(
    'a hard link in one layer to a link in another',
    ({ around }) => [[link('l', `${around}/secret`)], [hard('h', 'l')]],
    ({ around }) => ({ l: `symlink ${around}/secret`, h: `symlink ${around}/secret` }),
  ),
  holds(
    'hard links in a circle',
    () => makeTar([hard('a', 'b'), hard('b', 'a'), hard('c', 'c')]),
    (files) => expect([...files.values()].join('')).not.toContain('mine'),
  ),
  holds(
    'a hard link to a folder',
    () => makeTar([{ name: 'd/' }, hard('h', 'd'), text('h/x')]),
    (files) => expect(files.get('d')).toBe('directory '),
  ),
  refused(
    'links in a circle on the way to a file',
    () => makeTar([link('a', 'b'), link('b', 'a'), text('a/x')]),
    /symbolic links never end/,
  ),
  refused(
    'a chain of a hundred links on the way to a file',
    () =>
      makeTar([
        ...Array.from({ length: 100 }, (_, at) => link(`l${at}`, `l${at + 1}`)),
        text('l0/x'),
      ]),
    /symbolic links never end/,
  ),
  holds(
    '20,000 hard links to one file',
    () => {
      const entries = Array.from({ length: 20_000 }, (_, at) =>
        rawEntry({ name: `l${at}`, type: '1', linkname: 'f' }),
      )
      return rawTar({ name: 'f', content: 'x' }, Buffer.concat(entries))
    },
    (files) => expect(files.size).toBeGreaterThanOrEqual(20_001),
  ),
]

const kinds: HostileCase[] = [
  holds(
    'a device bomb: 30,000 disks and memories',
    () => {
      const nodes = Array.from({ length: 30_000 }, (_, at) =>
        rawEntry({ name: `d${at}`, type: at % 2 ? '3' : '4', major: '0000001', minor: '0000001' }),
      )
      return rawTar(Buffer.concat(nodes))
    },
    (files) => expect(files.get('d1')).toBe('character-device '),
  ),
  holds(
    'a file over a folder over a file',
    () =>
      makeTar([text('a'), { name: 'a/', type: 'directory' }, text('a/b'), text('a'), text('a/c')]),
    (files) => expect(files.get('a')).toBe('directory '),
  ),
  {
    name: 'a sparse file of 1 PiB',
    route: 'load',
    bytes: () => imageOf(petabyte()),
    contained: async (host) => {
      const { text: list } = await host.send('GET', '/images/json')
      expect(list).toContain(String(2 ** 50))
    },
  },
  refused('a sparse file whose parts overlap', () => sparse('0,4,2,4'), /map of a sparse file/),
  refused('a sparse file with a part behind its end', () => sparse('2000,8'), /does not fit/),
  refused('a sparse file with a negative part', () => sparse('-8,8'), /map of a sparse file/),
  refused('a sparse file with half a part', () => sparse('0,4,9'), /map of a sparse file/),
]

function petabyte(): Buffer {
  return rawTar({
    name: 'huge',
    type: 'S',
    content: 'abc',
    sparse: {
      offset: (2n ** 33n - 4n).toString(8).padStart(11, '0'),
      length: '00000000003',
      realSize: base256(2n ** 50n),
    },
  })
}

function sparse(map: string): Buffer {
  return rawTar(
    pax([
      ['GNU.sparse.size', '1000'],
      ['GNU.sparse.numblocks', '1'],
      ['GNU.sparse.map', map],
    ]),
    { content: 'abcdefgh' },
  )
}

const deletions: HostileCase[] = [
  ...['.wh.', '.wh..', '.wh...', 'a/.wh.', 'a/.wh..', 'a/.wh...'].map((name) =>
    refused(`a deletion named ${name}`, () => makeTar([text(name)]), /a whiteout has no name/),
  ),
  shows(
    'a deletion of what lies above the root',
    () => [[text('keep')], [text('../../.wh.keep'), text('../.wh.other')]],
    () => ({}),
  ),
  shows(
    'an opaque mark with content, twice, as a folder, and one in it',
    () => [
      [text('d/old')],
      [
        text('d/.wh..wh..opq', 'content'),
        text('d/.wh..wh..opq'),
        { name: 'd/.wh..wh..opq/', type: 'directory' },
        text('d/new'),
      ],
    ],
    () => ({ d: 'directory ', 'd/new': 'mine' }),
  ),
  shows(
    'a deletion that is a link, a folder, a device',
    ({ around }) => [
      [text('a'), text('b'), text('c'), text('d')],
      [
        link('.wh.a', `${around}/secret`),
        { name: '.wh.b/', type: 'directory' },
        { name: '.wh.c', type: 'character-device', devmajor: 1, devminor: 1 },
      ],
    ],
    () => ({ d: 'mine' }),
  ),
  shows(
    "AUFS's notes, and files below one",
    () => [[text('.wh..wh.plnk/1.2'), text('.wh..wh.aufs'), text('a')]],
    () => ({ a: 'mine' }),
  ),
  shows(
    'a deletion of a folder and a file in it, in one layer',
    () => [[text('d/old')], [text('.wh.d'), text('d/new')]],
    () => ({ d: 'directory ', 'd/new': 'mine' }),
  ),
]

export const layerCases = [...paths, ...links, ...kinds, ...deletions]
