/** Build contexts and Dockerfiles. */
import { gzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { makeTar, type TarEntry } from '../cli/harness/tar'
import { repeated, type HostileCase } from './case'
import { PWNED, type HostileHost } from './host'
import { base256, hugeSparse, rawEntry, rawTar } from './tar-bytes'

const link = (name: string, linkname: string): TarEntry => ({ name, type: 'symlink', linkname })
const text = (name: string, content: string | Buffer = 'mine'): TarEntry => ({ name, content })

function context(dockerfile: string, ...files: TarEntry[]): Promise<Buffer> {
  return makeTar([text('Dockerfile', dockerfile), ...files])
}

function refused(name: string, bytes: HostileCase['bytes'], why: RegExp, query = {}): HostileCase {
  return { name, route: 'build', bytes, query, refused: why }
}

function builds(
  name: string,
  bytes: HostileCase['bytes'],
  check: (files: Map<string, string>, host: HostileHost) => void,
): HostileCase {
  return {
    name,
    route: 'build',
    bytes,
    contained: async (host) => {
      const files = await host.exported('hostile:1')
      expect([...files.values()].join()).not.toContain(host.secret)
      check(files, host)
    },
  }
}

const contexts: HostileCase[] = [
  builds(
    'paths that lead out of the context',
    ({ around }) =>
      context('FROM scratch\nCOPY . /', text(`../../../${PWNED}`), text(`${around}/x`)),
    (files) => expect(files.get(PWNED)).toBe('mine'),
  ),
  builds(
    'a link to the machine, and a file through it',
    ({ around }) => context('FROM scratch\nCOPY . /', link('out', around), text(`out/${PWNED}`)),
    (files, { around }) => expect(files.get(`${around.slice(1)}/${PWNED}`)).toBe('mine'),
  ),
  refused(
    'a Dockerfile that is a link to a secret',
    ({ around }) => makeTar([link('Dockerfile', `${around}/secret`)]),
    /Cannot locate specified Dockerfile/,
  ),
  refused(
    'a Dockerfile above the context',
    () => context('FROM scratch'),
    /forbidden path outside the build context/,
    { dockerfile: '../../secret' },
  ),
  refused(
    'a copy of a secret through a link',
    ({ around }) => context('FROM scratch\nCOPY l /', link('l', `${around}/secret`)),
    /no such file|not found|failed/,
  ),
  refused(
    'a copy from above the context',
    () => context('FROM scratch\nCOPY ../../secret /'),
    /forbidden path outside the build context/,
  ),
  refused(
    'a Dockerfile that is a folder',
    () => makeTar([{ name: 'Dockerfile/', type: 'directory' }]),
    /Cannot locate specified Dockerfile/,
  ),
  refused(
    'a Dockerfile that is a disk',
    () => makeTar([{ name: 'Dockerfile', type: 'block-device', devmajor: 8 }]),
    /Cannot locate specified Dockerfile/,
  ),
  refused(
    'a context that is cut',
    async () => (await context('FROM scratch', text('a', 'x'.repeat(4000)))).subarray(0, 2500),
    /unexpected EOF/,
  ),
  refused(
    'a context that fills the disk',
    async function* () {
      yield gzipSync(rawEntry({ name: 'b', size: base256(2n ** 40n) }).subarray(0, 512))
      yield* repeated(gzipSync(Buffer.alloc(1 << 26, 'bomb')), 8)
    },
    /disk is full|No space/i,
  ),
  builds(
    'a sparse file of 1 PiB',
    () =>
      rawTar(
        { name: 'Dockerfile', content: 'FROM scratch\nCOPY small /\n' },
        { name: 'small', content: 'mine' },
        hugeSparse('huge'),
      ),
    (files) => expect(files.get('small')).toBe('mine'),
  ),
  builds(
    'an archive to unpack that leads out',
    async ({ around }) =>
      context(
        'FROM scratch\nADD a.tar /in/',
        text('a.tar', await makeTar([text(`../../${PWNED}`), text(`${around}/x`)])),
      ),
    (files) => expect(files.get(`in/${PWNED}`)).toBe('mine'),
  ),
  refused(
    'an archive to unpack with a link that leads out',
    async () =>
      context(
        'FROM scratch\nADD a.tar /in/',
        text('a.tar', await makeTar([link('l', '../../etc')])),
      ),
    /invalid symlink/,
  ),
  refused(
    'an archive to unpack that fills the disk',
    async () => {
      const head = rawEntry({ name: 'b', size: base256(2n ** 40n) }).subarray(0, 512)
      const zeros = gzipSync(Buffer.alloc(1 << 26))
      const bomb = Buffer.concat([gzipSync(head), ...Array.from({ length: 8 }, () => zeros)])
      return context('FROM scratch\nADD a.tar.gz /', text('a.tar.gz', bomb))
    },
    /disk is full|No space/i,
  ),
  refused(
    'a file whose name would be a deletion',
    () => context('FROM scratch\nCOPY . /x/', text('.wh.etc'), text('.wh..wh..opq')),
    /deletion/,
  ),
]

const dockerfiles: HostileCase[] = [
  refused('a Dockerfile without a line', () => context('# nothing\n'), /no instructions|empty/),
  refused(
    'an unknown instruction',
    () => context('FROM scratch\nPWN x'),
    /unknown instruction: PWN/i,
  ),
  refused(
    'bytes that are no text',
    () => context('FROM scratch\n\0\x01\x02'),
    /unknown instruction|NUL|parse/i,
  ),
  refused(
    'variables that double: 2^40 bytes',
    () => context(`FROM scratch\nENV A=xxxxxxxxxx\n${'ENV A=$A$A\n'.repeat(40)}`),
    /the variables in it are too long/,
  ),
  refused(
    'variables that double within one line',
    () => context(`ARG A=xx\n${'ARG A=$A$A$A$A$A$A$A$A\n'.repeat(30)}FROM scratch\nLABEL a=$A`),
    /the variables in it are too long/,
  ),
  refused(
    'a Dockerfile of 5 MiB',
    () => context(`FROM scratch\n${'# comment\n'.repeat(1 << 19)}LABEL a=b`),
    /larger than 4194304 bytes/,
  ),
  refused('a stage that comes from itself', () => context('FROM a AS a\nLABEL x=y'), /./),
  refused(
    'a copy from a stage that comes later',
    () => context('FROM scratch\nCOPY --from=1 /x /\nFROM scratch'),
    /invalid from flag value|index out of bounds|failed/i,
  ),
  refused(
    'a working folder above the root, of a program to run',
    () => context('FROM scratch\nWORKDIR ../../../..\nRUN id'),
    /cannot run|RUN/i,
  ),
  builds(
    'a working folder above the root',
    () => context('FROM scratch\nWORKDIR ../../../../w\nCOPY a .', text('a')),
    (files) => expect(files.get('w/a')).toBe('mine'),
  ),
  refused(
    'a context from a file of the machine',
    () => context('FROM scratch'),
    /context that the client sends/,
    { remote: 'file:///etc' },
  ),
  refused(
    'a million wildcards',
    () => context(`FROM scratch\nCOPY ${'*'.repeat(2000)}[ /`, text('a'.repeat(90))),
    /./,
  ),
  builds(
    'a .dockerignore of ten thousand patterns',
    () =>
      context(
        'FROM scratch\nCOPY . /',
        text('.dockerignore', `${'**/*a*b*c*\n'.repeat(10_000)}Dockerfile\n`),
        text('a'),
      ),
    (files) => expect(files.get('a')).toBe('mine'),
  ),
]

export const buildCases = [...contexts, ...dockerfiles]
