import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sharedDaemon } from './daemon'
import { startDockerd } from './dockerd'
import { startRegistry } from './registry'
import { busyboxRootfs } from './rootfs'

const IMAGE = 'support-test:1'

describe('test support', () => {
  it('shares one dockerd in which containers run', async () => {
    const daemon = sharedDaemon()
    await daemon.dockerOk(['import', await busyboxRootfs(), IMAGE])
    expect(await daemon.dockerOk(['run', '--rm', IMAGE, '/bin/echo', 'runs'])).toBe('runs')
    await daemon.dockerOk(['rmi', IMAGE])
  })

  it('starts registries that dockerd can push to: open, htpasswd and token', async () => {
    const daemon = sharedDaemon()
    await daemon.dockerOk(['import', await busyboxRootfs(), IMAGE])
    const users = { mei: 'secret' }
    for (const auth of [
      undefined,
      { kind: 'htpasswd' as const, users },
      { kind: 'token' as const, users },
    ]) {
      const registry = await startRegistry(auth ? { auth } : {})
      onTestFinished(() => registry.stop())
      const name = `${registry.address}/mhk/busybox:1`
      await daemon.dockerOk(['tag', IMAGE, name])
      if (auth) {
        expect((await daemon.docker(['push', name])).code).not.toBe(0)
        const login = ['login', '-u', 'mei', '--password-stdin', registry.address]
        expect((await daemon.docker(login, { input: 'wrong' })).code).not.toBe(0)
        await daemon.dockerOk(login, { input: 'secret' })
      }
      await daemon.dockerOk(['push', name])
      if (auth?.kind !== 'token') {
        const catalog = await registry.request('/v2/_catalog', { login: 'mei:secret' })
        expect(JSON.parse(catalog.body)).toEqual({ repositories: ['mhk/busybox'] })
      }
      await daemon.dockerOk(['rmi', name])
    }
    await daemon.dockerOk(['rmi', IMAGE])
  })

  it('starts a second dockerd that refuses an http registry it takes for a foreign host', async () => {
    const registry = await startRegistry({ host: '::1' })
    onTestFinished(() => registry.stop())
    const dockerd = await startDockerd({ hosts: { 'registry.lab': '::1' } })
    const name = `registry.lab:${registry.port}/a/b:1`
    await dockerd.dockerOk(['import', await busyboxRootfs(), name])
    const push = await dockerd.docker(['push', name])
    expect(push.stderr).toContain('server gave HTTP response to HTTPS client')
    await dockerd.stop()
    expect(existsSync(dirname(dockerd.configFile))).toBe(false)
  })

  it('keeps the images of a daemon that was killed', async () => {
    const dockerd = await startDockerd()
    onTestFinished(() => dockerd.stop())
    await dockerd.dockerOk(['import', await busyboxRootfs(), IMAGE])
    await dockerd.kill()
    await expect(dockerd.api('/_ping')).rejects.toThrow()
    await dockerd.restart()
    expect(await dockerd.dockerOk(['image', 'inspect', '--format', '{{.Os}}', IMAGE])).toBe('linux')
  })

  it('serves https with a CA of its own', async () => {
    const registry = await startRegistry({ tls: true })
    onTestFinished(() => registry.stop())
    expect((await registry.request('/v2/')).status).toBe(200)
    expect(registry.url).toMatch(/^https:/)
  })
})
