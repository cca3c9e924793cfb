/** `docker cp` into a container, and into a volume: there the files are real ones of this machine. */
import { gzipSync } from 'node:zlib'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { makeTar, readTar, type TarEntry } from '../cli/harness/tar'
import { repeated, type HostileCase } from './case'
import { PWNED, type HostileHost } from './host'
import { base256, hugeSparse, rawEntry, rawTar } from './tar-bytes'

const link = (name: string, linkname: string): TarEntry => ({ name, type: 'symlink', linkname })
const text = (name: string, content = 'mine'): TarEntry => ({ name, content })
const EOF = /unexpected EOF/

/** What is at a path of the container `box`, which every case of this kind has. */
async function files(host: HostileHost, path: string): Promise<Map<string, string>> {
  const answer = await host.send('GET', `/containers/box/archive?path=${encodeURIComponent(path)}`)
  if (answer.status !== 200) throw new Error(answer.text)
  const entries = await readTar(answer.bytes)
  return new Map(
    entries.map(({ header, content }) => [
      header.name.replace(/\/$/, ''),
      header.type === 'file' ? content.toString() : `${header.type} ${header.linkname ?? ''}`,
    ]),
  )
}

/** Cases that hold for the container's own layer and for a volume alike. */
function both(
  name: string,
  tar: (host: HostileHost) => Promise<Buffer> | Buffer,
  rest: Pick<HostileCase, 'refused' | 'query'> & {
    check?: (host: HostileHost, folder: string) => Promise<void>
  },
): HostileCase[] {
  const { check, ...others } = rest
  return (['copy', 'volume'] as const).map((route) => ({
    name: `${name} (${route})`,
    route,
    bytes: tar,
    ...others,
    ...(check && { contained: (host) => check(host, route === 'copy' ? '/in' : '/vol') }),
  }))
}

const paths = [
  ...both('a path above the folder', () => makeTar([text(`../../../${PWNED}`)]), {
    check: async (host, folder) => {
      expect((await files(host, folder)).get(`${folder.slice(1)}/${PWNED}`)).toBe('mine')
    },
  }),
  ...both('an absolute path', ({ around }) => makeTar([text(`${around}/${PWNED}`)]), {
    check: async (host, folder) => {
      const path = `${folder}${host.around}/${PWNED}`
      expect((await files(host, path)).get(PWNED)).toBe('mine')
    },
  }),
  ...both('a link out of the folder', () => makeTar([link('l', '../../../etc')]), {
    refused: /invalid symlink/,
  }),
  ...both(
    'a link to the machine, and a file through it',
    ({ around }) => makeTar([link('l', around), text(`l/${PWNED}`)]),
    {
      check: async (host, folder) => {
        expect((await files(host, folder)).get(`${folder.slice(1)}/l`)).toBe(
          `symlink ${host.around}`,
        )
        expect((await files(host, `${host.around}/${PWNED}`)).get(PWNED)).toBe('mine')
      },
    },
  ),
  ...both(
    'a link to a secret, a hard link to the link, a file over it',
    ({ around }) =>
      makeTar([
        link('l', `${around}/secret`),
        { name: 'h', type: 'link', linkname: 'l' },
        text('h'),
      ]),
    {
      check: async (host, folder) => {
        expect((await files(host, folder)).get(`${folder.slice(1)}/h`)).toBe('mine')
      },
    },
  ),
  ...both(
    'a hard link to a file of the machine',
    ({ around }) => makeTar([{ name: 'h', type: 'link', linkname: `${around}/secret` }]),
    { refused: /no such file or directory|cross-device/ },
  ),
  ...both(
    'a hard link through a link to the machine',
    ({ around }) => makeTar([link('d', around), { name: 'h', type: 'link', linkname: 'd/secret' }]),
    { refused: /no such file or directory|cross-device/ },
  ),
  ...both('links in a circle', () => makeTar([link('a', 'b'), link('b', 'a'), text('a/x')]), {
    refused: /too many links|too many levels/,
  }),
]

const contents = [
  ...both(
    'a tar that is cut',
    async () => (await makeTar([text('a'.repeat(20), 'x'.repeat(3000))])).subarray(0, 1500),
    { refused: EOF },
  ),
  ...both('no tar', () => Buffer.alloc(3000, 'no tar '), { refused: EOF }),
  ...both('a size below zero', () => rawTar({ size: base256(-1n) }), { refused: EOF }),
  ...both('an unknown type', () => rawTar({ type: '9' }), { refused: EOF }),
]

const box: HostileCase[] = [
  {
    name: 'a gzip bomb that fills the disk',
    route: 'copy',
    bytes: () => bomb(),
    refused: /disk is full|No space/i,
  },
  {
    name: 'a gzip bomb of a million small files',
    route: 'copy',
    bytes: () => {
      const folder = gzipSync(Buffer.concat(Array.from({ length: 2000 }, nextFile)))
      return repeated(folder, 300)
    },
    refused: /too many files to be unpacked at once/,
  },
  {
    name: 'a device bomb',
    route: 'copy',
    bytes: async () => {
      const node = (_: unknown, at: number): Buffer =>
        rawEntry({ name: `d${at}`, type: '4', major: '0000010', minor: '0000001' })
      return gzipSync(rawTar(Buffer.concat(Array.from({ length: 20_000 }, node))))
    },
    contained: async (host) => {
      expect((await files(host, '/in/d7')).get('d7')).toBe('block-device ')
    },
  },
  {
    name: 'a file over a folder, where that is forbidden',
    route: 'copy',
    bytes: () => makeTar([text('etc')]),
    query: { path: '/', noOverwriteDirNonDir: '1' },
    refused: /cannot overwrite directory/,
  },
  {
    name: 'a folder above the root of the container',
    route: 'copy',
    bytes: () => makeTar([text(PWNED)]),
    query: { path: '../../../../' },
    contained: async (host) => expect((await files(host, `/${PWNED}`)).get(PWNED)).toBe('mine'),
  },
  {
    name: 'a file named as a deletion',
    route: 'copy',
    bytes: () => makeTar([text('.wh.motd'), text('.wh..wh..opq'), text('.wh..')]),
    contained: async (host) => {
      expect((await files(host, '/in')).get('in/.wh..')).toBe('mine')
      const { status, text: said } = await host.send('POST', '/commit?container=box')
      expect(status).toBe(409)
      expect(said).toContain('stand for deletions')
    },
  },
]

async function* bomb() {
  yield gzipSync(rawEntry({ name: 'b', size: base256(2n ** 40n) }).subarray(0, 512))
  yield* repeated(gzipSync(Buffer.alloc(1 << 26, 'bomb')), 8)
}

let number = 0
const nextFile = (): Buffer => rawEntry({ name: `f${number++}` })

/** Where the volume's files lie on this machine. */
const volumeFolder = (host: HostileHost): string => join(host.engine.root, 'volumes/hostile/_data')

const volume: HostileCase[] = [
  {
    name: 'a sparse file of 1 PiB',
    route: 'volume',
    bytes: () => rawTar(hugeSparse('huge')),
    refused: /disk is full|too large|No space/i,
  },
  {
    name: 'a name that is longer than the file system holds',
    route: 'volume',
    bytes: () => makeTar([text('n'.repeat(300))]),
    refused: /This computer cannot keep a file named/,
  },
  {
    name: 'folders deeper than the system opens',
    route: 'volume',
    bytes: () => makeTar([text(`${'deep-folder/'.repeat(400)}f`)]),
    refused: /This computer cannot keep a file named/,
  },
  {
    name: 'pipes and devices',
    route: 'volume',
    bytes: () =>
      makeTar([
        { name: 'pipe', type: 'fifo' },
        { name: 'disk', type: 'block-device', devmajor: 8 },
      ]),
    contained: async (host) => {
      const found = await files(host, '/vol')
      expect(found.get('vol/pipe')).toBe('fifo ')
      expect(found.get('vol/disk')).toBe('block-device ')
    },
  },
  {
    name: 'a link that is already there, made by someone else',
    route: 'volume',
    bytes: async (host) => {
      // A container of a daemon that shares the folder could have made it.
      const { symlink } = await import('node:fs/promises')
      await symlink(host.around, join(volumeFolder(host), 'out'))
      return makeTar([text(`out/${PWNED}`), text('out/secret')])
    },
    contained: async (host) => {
      expect(await readFile(join(host.around, 'secret'), 'utf8')).toBe(host.secret)
      expect(await readdir(volumeFolder(host))).toEqual(['out'])
      const out = await host.send('GET', '/containers/box/archive?path=/vol/out/secret')
      expect(out.text).not.toContain(host.secret)
    },
  },
]

export const copyCases = [...paths, ...contents, ...box, ...volume]
