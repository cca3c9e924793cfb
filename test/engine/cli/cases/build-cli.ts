import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { area } from '../harness/area'
import { makeTar } from '../harness/tar'
import { build, FILES, noteConfig, noteFiles } from './build-support'

/** Where the CLI takes Dockerfile and context from, and its flags. */
export const buildCli = area('build, the CLI', (check) => {
  check(
    '-f outside of the context, absolute, missing, with a .dockerignore of its own',
    async (c) => {
      await c.load('base')
      await c.file('context/a.txt', 'a\n')
      await c.file('elsewhere/Other', 'FROM base:1\nCOPY a.txt /from-elsewhere\n')
      await c.record({ finals: true }, `build -t built:1 -f ${c.dir}/elsewhere/Other context`)
      await c.record({ finals: true }, 'build -t built:1 -f elsewhere/Other context')
      await noteFiles(c)
      await c.file('context/sub/My.Dockerfile', 'FROM base:1\nCOPY . /x/\n')
      await c.file('context/.dockerignore', 'a.txt\nsub\n')
      await c.docker('build -t built:1 -f context/sub/My.Dockerfile context')
      await noteFiles(c)
      await c.docker('build -t built:1 -f context/none context')
      await c.docker('build -t built:1 missing')
      await c.docker('build -t built:1 context/a.txt')
      await c.docker('build -t built:1')
      await c.file('context/.dockerignore', '!\n')
      await c.docker('build -t built:1 -f context/sub/My.Dockerfile context')
      await c.file('context/.dockerignore', '[\n')
      await c.docker('build -t built:1 -f context/sub/My.Dockerfile context')
      await c.docker('image build -q -t built:2 -f elsewhere/Other elsewhere')
    },
  )

  check('a context from a URL: a tar, a Dockerfile, what is not there', async (c) => {
    await c.load('base')
    const tar = await makeTar([
      { name: 'Dockerfile', content: 'FROM base:1\nCOPY in.txt /in\n' },
      { name: 'in.txt', content: 'in\n' },
    ])
    const address = await c.serve({
      '/context.tar': tar,
      '/context.tar.gz': gzipSync(tar),
      '/Dockerfile': Buffer.from('FROM base:1\nENV FROM_URL=1\n'),
    })
    for (const path of ['context.tar', 'context.tar.gz', 'Dockerfile', 'missing']) {
      await c.record({ finals: true }, `build -t built:1 http://${address}/${path}`)
    }
    await noteConfig(c)
    await noteFiles(c)
  })

  check('a context from the pipe: gzip, with -f, empty, nonsense', async (c) => {
    await c.load('base')
    const tar = await makeTar([
      { name: 'sub/Other', content: 'FROM base:1\nCOPY in.txt /in\n' },
      { name: 'in.txt', content: 'in\n' },
    ])
    await c.record({ input: tar }, 'build -t built:1 -f sub/Other -')
    await c.record({ input: gzipSync(tar) }, 'build -t built:1 -f sub/Other -')
    await c.record({ input: tar }, 'build -t built:1 -')
    await c.record({ input: '' }, 'build -t built:1 -')
    await c.record({ input: 'no Dockerfile at all\n' }, 'build -t built:1 -')
    await c.record({ input: 'FROM base:1\nCOPY a /b\n' }, 'build -t built:1 -')
    await c.record({ input: 'FROM base:1\n' }, 'build -t built:1 -f - -')
    await c.record({ input: tar.subarray(0, 700) }, 'build -t built:1 -f sub/Other -')
  })

  check('flags that change nothing of the image', async (c) => {
    await c.load('base')
    const lines = ['FROM base:1', 'ENV A=1', 'COPY a.txt /a']
    for (const flags of [
      '--force-rm --rm',
      '--network none',
      '--memory 64m --memory-swap 128m --cpu-shares 5 --cpuset-cpus 0',
      '--shm-size 64m --ulimit nofile=5:6 --add-host x:1.2.3.4',
      '--security-opt seccomp=unconfined --cgroup-parent /x',
      '--compress',
      '--pull=false',
      '--platform linux/amd64',
      '--cache-from base:1',
      '--cache-from nothing:1',
      '--disable-content-trust=false',
      '--isolation default',
    ]) {
      await build(c, lines, FILES, ...flags.split(' '))
    }
    await c.record({ out: 'sorted' }, 'images -a --format', '{{.Repository}}')
  })

  check('flags that cannot be', async (c) => {
    await c.load('base')
    const lines = ['FROM base:1', 'ENV A=1']
    for (const flags of [
      '--platform windows',
      '--platform linux/arm64',
      '--platform a/b/c/d',
      '--squash',
      '--target none',
      '--build-arg',
      '--label',
      '--nonsense',
      '--output x',
      '--secret id=x',
      '--isolation hyperv',
      '--ulimit nonsense',
      '-t a:b:c',
      '--memory 1m',
    ]) {
      await build(c, lines, [], ...flags.split(' '))
    }
    await c.record({ out: 'sorted' }, 'images -a --format', '{{.Repository}}')
  })

  check('what is BuildKit\u2019s: heredocs, --mount, --chmod, --link, ADD of git', async (c) => {
    await c.load('base')
    for (const lines of [
      ['FROM base:1', 'COPY <<EOF /x', 'text', 'EOF'],
      ['FROM base:1', 'ADD <<EOF /x', 'text', 'EOF'],
      ['FROM base:1', 'COPY --link a.txt /x'],
      ['FROM base:1', 'ADD --chmod=755 a.txt /x'],
      ['FROM base:1', 'ADD --checksum=sha256:00 http://127.0.0.1:9/x /x'],
      ['FROM base:1', 'COPY --exclude=x a.txt /x'],
      ['FROM base:1', 'COPY --parents a.txt /x'],
      ['FROM --platform=linux/amd64 base:1', 'ENV A=1'],
      ['FROM --platform=linux/arm64 base:1', 'ENV A=1'],
      ['# check=skip=all', 'FROM base:1', 'ENV A=1'],
      ['FROM base:1', 'HEALTHCHECK --start-interval=5s CMD x'],
    ]) {
      await build(c, lines, FILES)
    }
    await c.record({ out: 'sorted' }, 'images -a --format', '{{.Repository}}')
  })

  check('cache: after a load, from another name, of a tag that moved, -q', async (c) => {
    await c.load('base', 'other')
    const lines = ['FROM base:1', 'COPY d /d', 'ENV A=1']
    await build(c, lines, FILES)
    await c.docker('tag built:1 kept:1')
    await c.docker('rmi built:1')
    await build(c, lines, FILES)
    await c.docker('tag other:1 base:1')
    await build(c, lines, FILES)
    await build(c, lines, FILES, '-q')
    await build(c, lines, FILES, '-q', '--no-cache')
    await c.docker('save -o built.tar built:1')
    await c.record({ out: 'none' }, 'rmi built:1 kept:1')
    await c.docker('load -q -i built.tar')
    await build(c, lines, FILES)
    await build(c, lines, FILES, '--cache-from', 'built:1')
    await c.record({ out: 'sorted' }, 'images -a --format', '{{.Repository}}:{{.Tag}}')
  })

  check('--iidfile, -q and -t together, files that cannot be written', async (c) => {
    await c.load('base')
    await mkdir(join(c.dir, 'folder'))
    const tar = await makeTar([{ name: 'Dockerfile', content: 'FROM base:1\nENV A=1\n' }])
    await c.record({ input: tar }, 'build -q --iidfile id -t a:1 -t b:1 -')
    c.note('id', (await c.readFile('id')).toString())
    await c.record({ input: tar }, 'build --iidfile folder -')
    await c.record({ input: tar }, 'build --iidfile none/id -')
    await c.docker('history --no-trunc --format', '{{.CreatedBy}}|{{.Size}}|{{.Comment}}', 'a:1')
    await c.record({ out: 'sorted' }, 'images')
  })
})
