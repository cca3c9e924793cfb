import { gzipSync } from 'node:zlib'
import { area } from '../harness/area'

const CHANGES = [
  'CMD ["/bin/tool", "-v"]',
  'CMD /bin/tool -v',
  'ENTRYPOINT ["/bin/tool"]',
  'ENTRYPOINT /bin/tool',
  'ENV A=1 B="two words"',
  'ENV OLD form',
  'EXPOSE 80 53/udp 9000-9002/tcp',
  'HEALTHCHECK --interval=5s --retries=2 CMD /bin/tool',
  'HEALTHCHECK NONE',
  'LABEL a=b "c d"="e f"',
  'ONBUILD ENV X=1',
  'STOPSIGNAL SIGQUIT',
  'USER 1000:1000',
  'VOLUME /data /more',
  'VOLUME ["/json"]',
  'WORKDIR /srv',
  'SHELL ["/bin/bash", "-c"]',
  'MAINTAINER Mei',
]

export const importing = area('import', (check) => {
  check('a file, a pipe, with a message', async (c) => {
    await c.file('rootfs.tar', c.fixtures.rootfs)
    await c.docker('import rootfs.tar from-file:1')
    await c.record({ input: c.fixtures.rootfs }, 'import - from-pipe:1')
    await c.docker('import -m', 'with a message', 'rootfs.tar', 'said:1')
    await c.docker('image inspect -f', '{{.RootFS.Layers}} {{.Size}}', 'from-file:1', 'from-pipe:1')
    await c.docker('image inspect -f', '{{.Comment}}', 'from-file:1', 'from-pipe:1', 'said:1')
    await c.record({ out: 'sorted' }, 'images')
  })

  check('without a name', async (c) => {
    await c.file('rootfs.tar', c.fixtures.smallRootfs)
    await c.docker('import rootfs.tar')
    await c.docker('images -a')
  })

  check('compressed', async (c) => {
    await c.file('rootfs.tar.gz', gzipSync(c.fixtures.rootfs))
    await c.docker('import rootfs.tar.gz gz:1')
    await c.docker('image inspect -f', '{{.RootFS.Layers}} {{.Size}}', 'gz:1')
  })

  check('moves a name', async (c) => {
    await c.file('a.tar', c.fixtures.rootfs)
    await c.file('b.tar', c.fixtures.smallRootfs)
    await c.docker('import a.tar name:1')
    await c.docker('import b.tar name:1')
    await c.docker('images -f dangling=true --format', '{{.Size}}')
    await c.docker('images -f dangling=false --format', '{{.Repository}} {{.Size}}')
  })

  for (const change of CHANGES) {
    check(`-c ${change}`, async (c) => {
      await c.file('rootfs.tar', c.fixtures.smallRootfs)
      await c.docker('import -c', change, 'rootfs.tar', 'changed:1')
      await c.json('image inspect -f', '{{json .Config}}', 'changed:1')
    })
  }

  check('several changes at once, --platform', async (c) => {
    await c.file('rootfs.tar', c.fixtures.smallRootfs)
    await c.docker('import -c', 'ENV A=1', '-c', 'ENV B=$A', '-c', 'CMD x', 'rootfs.tar', 'many:1')
    await c.json('image inspect -f', '{{json .Config}}', 'many:1')
    await c.docker('import --platform linux/arm64 rootfs.tar arm:1')
    // dockerd 20.10 forgets the architecture; that need not be copied.
    await c.docker('image inspect -f', '{{.Os}}', 'arm:1')
    await c.docker('import --platform windows rootfs.tar windows:1')
    for (const platform of ['a/b/c/d', 'nonsense', 'linux/!']) {
      await c.docker('import --platform', platform, 'rootfs.tar', 'bad:1')
    }
  })

  check('changes that cannot be', async (c) => {
    await c.file('rootfs.tar', c.fixtures.smallRootfs)
    const kinds = ['RUN true', 'COPY a b', 'ADD a b', 'FROM x', 'NONSENSE', 'ENV', 'USER', '']
    for (const change of kinds) {
      await c.docker('import -c', change, 'rootfs.tar', 'changed:1')
    }
    await c.docker('images -a')
  })

  check('bad names, missing files, what is no tar', async (c) => {
    await c.file('rootfs.tar', c.fixtures.smallRootfs)
    await c.file('text', 'no tar at all, however long this text may be')
    await c.docker('import rootfs.tar UPPER:1')
    await c.docker('import rootfs.tar', `digest@sha256:${'ab'.repeat(32)}`)
    await c.docker('import missing.tar x:1')
    // dockerd's words here are those of a process of its own.
    await c.record({ err: 'none' }, 'import text x:1')
    await c.docker('images -a')
  })

  check('a URL that nobody answers', async (c) => {
    await c.record({ err: 'none' }, 'import http://127.0.0.1:9/rootfs.tar x:1')
    await c.docker('images -a')
  })

  check('a URL of a server', async (c) => {
    const address = await c.serve({ '/rootfs.tar': c.fixtures.rootfs })
    await c.record({ out: 'none' }, `import http://${address}/rootfs.tar url:1`)
    await c.docker('image inspect -f', '{{.RootFS.Layers}} {{.Comment}}', 'url:1')
    await c.record({ out: 'none' }, `import http://${address}/missing.tar url:2`)
  })
})
