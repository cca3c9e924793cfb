/** What the cases of builds share: a context as a tar, and what is compared of the image. */
import { makeTar, type TarEntry } from '../harness/tar'
import type { Case } from '../harness/transcript'

/** Builds `built:1` from a tar on the standard input: nothing of it passes through a file system. */
export async function build(
  c: Case,
  dockerfile: readonly string[],
  entries: readonly TarEntry[] = [],
  ...flags: string[]
): Promise<void> {
  const tar = await makeTar([
    { name: 'Dockerfile', content: `${dockerfile.join('\n')}\n` },
    ...entries,
  ])
  await c.record({ input: tar }, 'build -t built:1', ...flags, '-')
}

export async function noteFiles(c: Case, name = 'built:1'): Promise<void> {
  await c.docker('create --name reader', name, '/x')
  await c.noteTar('cp reader:/ -')
  await c.docker('rm -v reader')
}

/** The hashes of COPY and ADD, cut so that nothing takes them for ids made by chance. */
export async function noteHashes(c: Case): Promise<void> {
  const { stdout } = await c.run('history --no-trunc --format', '{{.CreatedBy}}', 'built:1')
  const hashes = [...stdout.matchAll(/([a-z]*):?([0-9a-f]{64}) in/g)]
  c.note(
    'hashes',
    hashes.map(([, kind = '', hash = '']) => [kind, ...(hash.match(/.{8}/g) ?? [])]),
  )
}

export async function noteConfig(c: Case): Promise<void> {
  await c.json('image inspect -f', '{{json .Config}}', 'built:1')
}

export const FILES: TarEntry[] = [
  { name: 'a.txt', content: 'a\n' },
  { name: 'b.txt', content: 'b\n', mode: 0o600, uid: 12, gid: 34 },
  { name: 'suid', content: '#!/bin/sh\n', mode: 0o6755 },
  { name: 'sgid', content: '#!/bin/sh\n', mode: 0o2744 },
  { name: 'd/' },
  { name: 'd/one', content: 'one\n' },
  { name: 'd/two', type: 'link', linkname: 'd/one' },
  { name: 'd/sub/', mode: 0o2770, uid: 5, gid: 6 },
  { name: 'd/sub/deep', content: 'deep\n' },
  { name: 'd/sticky/', mode: 0o1777 },
  { name: 'd/link', type: 'symlink', linkname: 'sub/deep' },
  { name: 'd/away', type: 'symlink', linkname: '/etc/motd' },
  { name: 'd/suid', content: 'x', mode: 0o4755 },
  { name: 'to-d', type: 'symlink', linkname: 'd' },
  { name: 'to-a', type: 'symlink', linkname: './a.txt' },
  { name: 'rooted', type: 'symlink', linkname: '/d/one' },
  { name: 'broken', type: 'symlink', linkname: 'nowhere' },
  { name: 'out', type: 'symlink', linkname: '../../a.txt' },
  { name: 'with space.txt', content: 'space\n' },
  { name: '文件.txt', content: '中文\n' },
  { name: 'empty', content: '' },
  { name: `${'long/'.repeat(30)}name`, content: 'long\n' },
]
