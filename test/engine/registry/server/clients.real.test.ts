/** The clients that people have, on our registry: docker with dockerd, skopeo, podman. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startBundledRegistry, type BundledRegistry } from '../../../support/bundled-registry'
import { startDockerd, dockerClient, type Dockerd } from '../../../support/dockerd'
import { makeCertificate } from '../../../support/registry'
import { busyboxRootfs } from '../../../support/rootfs'
import { run, runOk } from '../../../support/run'
import { tempDir, type TempDir } from '../../../support/temp'

let dir: TempDir
let plain: BundledRegistry
let guarded: BundledRegistry
let secure: BundledRegistry
let certificates: string
let ca: string
/** A docker-archive of an image of two layers. */
let archive: string
const at = (name: string) => join(dir.path, name)

beforeAll(async () => {
  dir = await tempDir('lamc')
  const made = await makeCertificate(dir.path, ['127.0.0.1', '::1', 'registry.lab'])
  ca = made.ca
  certificates = at('certs')
  await runOk('mkdir', [certificates])
  await runOk('cp', [ca, join(certificates, 'ca.crt')])
  await writeFile(at('htpasswd'), await runOk('htpasswd', ['-niB', 'ann'], { input: 'se:cret' }))
  const tls = ['--tls-cert', made.certificate, '--tls-key', made.key]
  const users = ['--htpasswd', at('htpasswd')]
  plain = await startBundledRegistry()
  guarded = await startBundledRegistry({ args: users })
  secure = await startBundledRegistry({ args: [...tls, ...users] })
  archive = await makeArchive()
})

afterAll(async () => {
  for (const registry of [plain, guarded, secure]) await registry?.stop()
  await dir?.remove()
})

/** busybox and a layer on it, built and saved by dockerd. */
async function makeArchive(): Promise<string> {
  const docker = dockerClient(inject('dockerHost'), at('cli-archive'))
  await docker.dockerOk(['import', await busyboxRootfs(), 'clients/base:1'])
  await writeFile(at('Dockerfile'), 'FROM clients/base:1\nCOPY htpasswd /etc/\nLABEL a=b\n')
  await docker.dockerOk(['build', '-q', '-t', 'clients/app:1', dir.path], {
    env: { DOCKER_BUILDKIT: '0' },
  })
  await docker.dockerOk(['save', '-o', at('app.tar'), 'clients/app:1'])
  return at('app.tar')
}

/** Pushes with dockerd, removes, pulls, and compares the ids. */
async function roundTrip(docker: Pick<Dockerd, 'dockerOk'>, address: string): Promise<void> {
  const name = `${address}/team/app:1`
  await docker.dockerOk(['load', '-i', archive])
  const id = await docker.dockerOk(['image', 'inspect', '-f', '{{.Id}}', 'clients/app:1'])
  await docker.dockerOk(['tag', 'clients/app:1', name])
  const pushed = await docker.dockerOk(['push', name])
  const digest = /digest: (sha256:[0-9a-f]{64})/.exec(pushed)?.[1]
  await docker.dockerOk(['rmi', '-f', name, 'clients/app:1'])
  await docker.dockerOk(['pull', '-q', `${address}/team/app@${digest}`])
  await docker.dockerOk(['pull', '-q', name])
  expect(await docker.dockerOk(['image', 'inspect', '-f', '{{.Id}}', name])).toBe(id)
}

describe('docker', () => {
  it('pushes and pulls over http', async () => {
    const docker = dockerClient(inject('dockerHost'), at('cli-plain'))
    await roundTrip(docker, plain.address)
    const again = await docker.dockerOk(['push', `${plain.address}/team/app:1`])
    expect(again).toContain('Layer already exists')
    await docker.dockerOk(['tag', `${plain.address}/team/app:1`, `${plain.address}/other/app:1`])
    const other = await docker.dockerOk(['push', `${plain.address}/other/app:1`])
    expect(other).toContain('Mounted from team/app')
  })

  it('signs in with a password of a file', async () => {
    const docker = dockerClient(inject('dockerHost'), at('cli-users'))
    const login = (input: string) =>
      docker.docker(['login', '-u', 'ann', '--password-stdin', guarded.address], { input })
    const wrong = await login('secret')
    expect(wrong.code).not.toBe(0)
    expect(wrong.stderr).toMatch(/unauthorized|401/i)
    await docker.dockerOk(['load', '-i', archive])
    await docker.dockerOk(['tag', 'clients/app:1', `${guarded.address}/team/app:1`])
    const refused = await docker.docker(['push', `${guarded.address}/team/app:1`])
    expect(`${refused.stdout}${refused.stderr}`).toMatch(/no basic auth credentials|unauthorized/)
    expect((await login('se:cret')).code).toBe(0)
    await roundTrip(docker, guarded.address)
  })

  it("trusts the registry's own CA, and only with it", async () => {
    const docker = dockerClient(inject('dockerHost'), at('cli-tls'))
    const name = `registry.lab:${secure.port}`
    const before = process.env.SSL_CERT_FILE
    // Go's programs take their roots from this file; the machine's own are left alone.
    process.env.SSL_CERT_FILE = ca
    let trusting: Dockerd
    try {
      trusting = await startDockerd({ hosts: { 'registry.lab': '127.0.0.1' } })
    } finally {
      if (before === undefined) delete process.env.SSL_CERT_FILE
      else process.env.SSL_CERT_FILE = before
    }
    try {
      const login = ['login', '-u', 'ann', '--password-stdin', name]
      expect((await trusting.docker(login, { input: 'se:cret' })).code).toBe(0)
      await roundTrip(trusting, name)
    } finally {
      await trusting.stop()
    }
    expect((await docker.docker(['pull', `${name}/team/app:1`])).code).not.toBe(0)
  })
})

describe('skopeo', () => {
  const skopeo = (...args: string[]) => runOk('skopeo', args)

  it('copies in and out over http, as OCI and as Docker', async () => {
    for (const format of ['oci', 'v2s2']) {
      const name = `docker://${plain.address}/skopeo/${format}:1`
      const http = '--dest-tls-verify=false'
      await skopeo('copy', '--format', format, http, `docker-archive:${archive}`, name)
      const folder = at(`copy-${format}`)
      await skopeo('copy', '--src-tls-verify=false', name, `dir:${folder}`)
      const kept = await skopeo('inspect', '--tls-verify=false', '--raw', name)
      expect(await readFile(join(folder, 'manifest.json'), 'utf8')).toBe(kept)
      expect(kept).toContain(
        format === 'oci' ? 'vnd.oci.image.config' : 'vnd.docker.container.image',
      )
    }
    const tags = await skopeo(
      'list-tags',
      '--tls-verify=false',
      `docker://${plain.address}/skopeo/oci`,
    )
    expect(JSON.parse(tags)).toMatchObject({ Tags: ['1'] })
    await skopeo('delete', '--tls-verify=false', `docker://${plain.address}/skopeo/oci:1`)
    const gone = ['inspect', '--tls-verify=false', `docker://${plain.address}/skopeo/oci:1`]
    expect((await run('skopeo', gone)).code).not.toBe(0)
  })

  it('copies over https with a CA and a password', async () => {
    const name = `docker://${secure.address}/skopeo/app:1`
    const flags = ['--dest-cert-dir', certificates, '--dest-creds', 'ann:se:cret']
    await skopeo('copy', ...flags, `docker-archive:${archive}`, name)
    const without = ['copy', '--dest-creds', 'ann:se:cret', `docker-archive:${archive}`, name]
    expect((await run('skopeo', without)).stderr).toMatch(/x509/)
    const inspected = ['inspect', '--cert-dir', certificates, '--creds', 'ann:se:cret', name]
    expect(JSON.parse(await skopeo(...inspected))).toMatchObject({ Labels: { a: 'b' } })
  })
})

describe('podman', () => {
  const podman = (...args: string[]) =>
    runOk('podman', [
      ...['--root', at('podman'), '--runroot', at('podman-run'), '--storage-driver', 'vfs'],
      ...args,
    ])

  it.each(['http', 'https'])('pushes and pulls over %s', async (scheme) => {
    const registry = scheme === 'http' ? plain : secure
    const flags =
      scheme === 'http'
        ? ['--tls-verify=false']
        : ['--cert-dir', certificates, '--creds', 'ann:se:cret']
    const name = `${registry.address}/podman/app:1`
    await podman('load', '-q', '-i', archive)
    const id = await podman('image', 'inspect', '-f', '{{.Id}}', 'clients/app:1')
    await podman('push', '-q', ...flags, id.trim(), name)
    await podman('rmi', '-f', '--all')
    await podman('pull', '-q', ...flags, name)
    expect(await podman('image', 'inspect', '-f', '{{.Id}}', name)).toBe(id)
    await podman('rmi', '-f', '--all')
  })
})

it('ends at SIGTERM, and says in one line why it does not begin', async () => {
  const second = await startBundledRegistry()
  const entry = (await readFile(`/proc/${second.pid}/cmdline`, 'utf8')).split('\0')[1] ?? ''
  const refusal = (...args: string[]) => run(process.execPath, [entry, ...args])
  const rows = [
    [['--root', second.root, '--addr', '127.0.0.1:0'], 'already uses'],
    [['--root', at('free'), '--addr', second.address], 'already in use'],
    [['--root', at('free'), '--addr', '0.0.0.0:0'], '--htpasswd'],
    [
      ['--root', at('free'), '--addr', '127.0.0.1:0', '--tls-cert', archive, '--tls-key', ca],
      'PEM',
    ],
    [['--root', archive, '--addr', '127.0.0.1:0'], archive],
  ] as const
  for (const [args, word] of rows) {
    const { code, stderr, stdout } = await refusal(...args)
    expect([code, stdout, stderr.trimEnd().split('\n').length]).toEqual([1, '', 1])
    expect(stderr).toContain(word)
  }
  await second.stop()
  expect(second.log()).not.toMatch(/Error/)
  const collected = await refusal('--root', plain.root, '--gc')
  expect(collected.stderr).toContain('already uses')
})
