import { lstat, mkdir, readdir, readFile, readlink, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { runOk } from '../../../support/run'
import { area } from '../harness/area'
import type { Case } from '../harness/transcript'

/** What lies in a folder of the case: modes, owners, content. */
async function tree(folder: string, at = ''): Promise<string[]> {
  const path = join(folder, at)
  const stat = await lstat(path)
  const head = `${at || '.'} ${stat.mode.toString(8)} ${stat.uid}:${stat.gid}`
  if (stat.isSymbolicLink()) return [`${head} -> ${await readlink(path)}`]
  if (!stat.isDirectory()) return [`${head} ${await readFile(path, 'utf8')}`]
  const names = (await readdir(path)).sort()
  const below = await Promise.all(names.map((name) => tree(folder, join(at, name))))
  return [head, ...below.flat()]
}

async function withBox(c: Case): Promise<void> {
  await c.load('base')
  await c.docker('create --name box base:1')
}

async function hostTree(c: Case): Promise<void> {
  await c.file('tree/a.txt', 'a\n')
  await c.file('tree/sub/b.txt', 'b\n')
  await symlink('a.txt', join(c.dir, 'tree/link'))
  await symlink('/etc/passwd', join(c.dir, 'tree/absolute'))
  await mkdir(join(c.dir, 'tree/empty'))
}

export const copy = area('cp', (check) => {
  check('out: a file, to a name, a folder, over a file', async (c) => {
    await withBox(c)
    await mkdir(join(c.dir, 'folder'))
    await c.docker('cp box:/etc/motd motd')
    await c.docker('cp box:/etc/motd folder')
    await c.docker('cp box:/etc/passwd folder/')
    await c.docker('cp box:/etc/passwd motd')
    await c.docker('cp box:etc/motd relative')
    c.note('files', await tree(c.dir))
  })

  check('out: folders with and without a trailing slash or dot', async (c) => {
    await withBox(c)
    await mkdir(join(c.dir, 'there'))
    await c.docker('cp box:/data new')
    await c.docker('cp box:/data there')
    await c.docker('cp box:/data/. dot')
    await c.docker('cp box:/data/. there')
    await c.docker('cp box:/data/sub/ slash')
    c.note('files', await tree(c.dir))
  })

  check('out: links, followed and not', async (c) => {
    await withBox(c)
    await c.docker('cp box:/bin/link link')
    await c.docker('cp -L box:/bin/link followed')
    await c.docker('cp box:/data/up up')
    await c.docker('cp -L box:/data/up upped')
    await c.docker('cp box:/data/up/motd through')
    c.note('files', await tree(c.dir))
  })

  check('out: -a keeps owners', async (c) => {
    await withBox(c)
    await c.docker('cp -a box:/data kept')
    c.note('files', await tree(c.dir))
  })

  check('out: as a tar to a pipe', async (c) => {
    await withBox(c)
    await c.noteTar('cp box:/data -')
    await c.noteTar('cp box:/data/. -')
    await c.noteTar('cp box:/bin/tool -')
    await c.noteTar('cp box:/bin/link -')
    await c.noteTar('cp -L box:/bin/link -')
    await c.noteTar('cp box:/bin/setuid -')
    await c.noteTar('cp box:/tmp -')
  })

  check('out: what is not there', async (c) => {
    await withBox(c)
    await c.docker('cp box:/nothing x')
    await c.docker('cp box:/nothing/deeper x')
    // dockerd names a path of its own storage here.
    await c.record({ err: 'none' }, 'cp box:/etc/motd/. x')
    await c.record({ err: 'none' }, 'cp box:/etc/motd/ x')
    await c.docker('cp box:/etc/motd missing/folder/x')
    await c.docker('cp nothing:/etc x')
    await c.docker('cp box: x')
    await c.docker('cp box:/etc box:/etc')
    await c.docker('cp a b')
    c.note('files', await tree(c.dir))
  })

  check('in: a file, new, over another, into a folder', async (c) => {
    await withBox(c)
    await c.file('note', 'note\n')
    await c.docker('cp note box:/new')
    await c.docker('cp note box:/etc/motd')
    await c.docker('cp note box:/opt')
    await c.docker('cp note box:/opt/')
    await c.docker('cp note box:relative')
    await c.docker('cp note box:/data/up')
    await c.docker('cp note box:/bin/link')
    await c.record({ out: 'sorted' }, 'diff box')
    await c.noteTar('export box')
  })

  check('in: folders with and without a trailing slash or dot', async (c) => {
    await withBox(c)
    await hostTree(c)
    await c.docker('cp tree box:/new')
    await c.docker('cp tree box:/opt')
    await c.docker('cp tree/. box:/srv')
    await c.docker('cp tree/. box:/tmp')
    await c.docker('cp tree/sub/ box:/opt/slash')
    await c.record({ out: 'sorted' }, 'diff box')
    await c.noteTar('export box')
  })

  check('in: owners and modes', async (c) => {
    await withBox(c)
    const file = await c.file('mine', 'mine\n')
    await runOk('chown', ['1234:5678', file])
    await runOk('chmod', ['4711', file])
    await c.docker('cp mine box:/plain')
    await c.docker('cp -a mine box:/archive')
    await c.noteTar('cp box:/plain -')
    await c.noteTar('cp box:/archive -')
  })

  check('in: links, followed and not', async (c) => {
    await withBox(c)
    await hostTree(c)
    await c.docker('cp tree/link box:/as-link')
    await c.docker('cp -L tree/link box:/as-file')
    await c.noteTar('cp box:/as-link -')
    await c.noteTar('cp box:/as-file -')
  })

  check('in: a tar from a pipe', async (c) => {
    await withBox(c)
    const path = await c.tar('in.tar', [
      { name: 'd/', uid: 5, gid: 6, mode: 0o711 },
      { name: 'd/f', content: 'f\n', uid: 70000, gid: 70001, mode: 0o711 },
      { name: 'd/l', type: 'symlink', linkname: '/nowhere' },
      { name: 'd/h', type: 'link', linkname: 'd/f', mode: 0o711, uid: 70000, gid: 70001 },
      { name: 'd/p', type: 'fifo' },
      { name: 'd/null', type: 'character-device', devmajor: 1, devminor: 3, mode: 0o666 },
    ])
    const input = await readFile(path)
    await c.record({ input }, 'cp - box:/opt')
    await c.record({ input }, 'cp - box:/missing')
    await c.record({ input }, 'cp - box:/etc/motd')
    await c.record({ input: 'no tar at all' }, 'cp - box:/opt')
    await c.record({ out: 'sorted' }, 'diff box')
    await c.noteTar('cp box:/opt -')
  })

  check('in: what cannot be', async (c) => {
    await withBox(c)
    await hostTree(c)
    await c.docker('cp missing box:/x')
    await c.docker('cp tree/a.txt box:/missing/folder/x')
    // What else the CLI says depends on how far it had come.
    await c.record({ err: 'none' }, 'cp tree/a.txt box:/new/')
    await c.record({ err: 'none' }, 'cp tree box:/etc/motd')
    await c.docker('cp tree/a.txt nothing:/x')
    await c.docker('cp tree/a.txt/ box:/x')
    await c.docker('diff box')
  })

  check('in: a file over a folder and a folder over a file', async (c) => {
    await withBox(c)
    const over = await c.tar('over.tar', [
      { name: 'opt', content: 'now a file' },
      { name: 'etc/motd/' },
    ])
    await c.record({ input: await readFile(over) }, 'cp - box:/')
    await c.docker('diff box')
  })

  check('in: paths and links that lead outside stay inside', async (c) => {
    await withBox(c)
    await c.file('note', 'note\n')
    const link = await c.tar('link.tar', [{ name: 'out', type: 'symlink', linkname: '/../..' }])
    await c.record({ input: await readFile(link) }, 'cp - box:/opt')
    await c.docker('cp note box:/opt/out/escaped')
    await c.docker('cp note box:/opt/../../../above')
    await c.noteTar('cp box:/../../etc/motd -')
    await c.record({ out: 'sorted' }, 'diff box')
  })

  check('export', async (c) => {
    await c.load('app')
    await c.docker('create --name box app:1')
    await c.file('new', 'new\n')
    await c.docker('cp new box:/srv/added')
    await c.docker('export -o box.tar box')
    await c.noteTar('export box')
    await c.docker('import box.tar again:1')
    await c.docker('image inspect -f', '{{len .RootFS.Layers}}', 'again:1')
    await c.docker('export nothing')
    await c.docker('export -o missing/x.tar box')
  })
})
