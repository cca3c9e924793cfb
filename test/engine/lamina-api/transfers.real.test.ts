import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { TransferPreview } from '@shared/lamina-api'
import { sharedDaemon } from '../../support/daemon'
import { runOk } from '../../support/run'
import {
  at,
  auth,
  copyLines,
  engineOf,
  folder,
  layeredImage,
  preview,
  registryOf,
  statuses,
  watchedDaemon,
} from './transfers'

const users = { mei: 'secret' }
const mei = auth('mei', 'secret')

describe('a push from a daemon, without its help', () => {
  it('goes where the daemon would not, layer by layer, and a second time without reading', async () => {
    const image = 'direct-push:1'
    const id = await layeredImage(image)
    const registry = await registryOf({ host: '::1', auth: { kind: 'htpasswd', users } })
    const engine = await engineOf()
    const { socketPath, requests } = await watchedDaemon()
    const saves = () => requests.filter((line) => /\/images\/.*\/get/.test(line)).length
    const source = { kind: 'daemon' as const, daemon: { socketPath }, image }
    const push = (name: string) => ({ source, target: at(registry, name) })

    const first = (await preview(engine, push('mhk/direct:1'), mei)).json as TransferPreview
    expect(first.items.map(({ kind, state }) => [kind, state])).toEqual([
      ['layer', 'send'],
      ['layer', 'send'],
      ['layer', 'send'],
      ['config', 'send'],
    ])
    expect(first).toMatchObject({ unknown: 4, replaces: null, visibility: 'new' })
    expect(first.items[2]?.estimate).toBeGreaterThan(4_000_000)
    expect(saves()).toBe(0)

    const sent = await copyLines(engine, push('mhk/direct:1'), mei)
    expect(sent.result).toMatchObject({ id, upToDate: false })
    expect(statuses(sent.lines)).toEqual(['Pushed', 'Pushed', 'Pushed'])
    expect(saves()).toBe(1)

    const then = (await preview(engine, push('mhk/direct:1'), mei)).json as TransferPreview
    expect(new Set(then.items.map(({ state }) => state))).toEqual(new Set(['exists']))
    expect(then).toMatchObject({ send: 0, unknown: 0, replaces: sent.result.digest })
    expect(then.visibility).toBe('private')
    const again = await copyLines(engine, push('mhk/direct:2'), mei)
    expect(again.result).toMatchObject({ digest: sent.result.digest, upToDate: true })
    expect(saves()).toBe(1)

    // What was packed is garbage once it has arrived, but known.
    await engine.call('POST', '/lamina/v1/gc')
    const known = await copyLines(engine, push('mhk/direct:3'), mei)
    expect(known.result.digest).toBe(sent.result.digest)
    expect(saves()).toBe(1)

    const pulled = await copyLines(
      engine,
      {
        source: at(registry, 'mhk/direct:1'),
        target: { kind: 'store', reference: 'pulled:1' },
      },
      mei,
    )
    expect(pulled.result.id).toBe(id)
    const report = (await engine.call('POST', '/lamina/v1/fsck')).text
    expect(report).toContain('"problems":[]')
    const refused = copyLines(engine, push('mhk/direct:1'), auth('mei', 'wrong'))
    await expect(refused).rejects.toMatchObject({ code: 'registry_unauthorized' })
  })

  it('knows what dockerd pushed there before', async () => {
    const image = 'learned-push:1'
    await layeredImage(image)
    const daemon = sharedDaemon()
    const registry = await registryOf()
    const pushed = `${registry.address}/mhk/by-docker:1`
    await daemon.dockerOk(['tag', image, pushed])
    onTestFinished(() => void daemon.docker(['rmi', pushed]))
    const digest = /digest: (sha256:\w+)/.exec(await daemon.dockerOk(['push', pushed]))?.[1]
    const engine = await engineOf()
    const { socketPath, requests } = await watchedDaemon()
    const source = { kind: 'daemon' as const, daemon: { socketPath }, image }
    // What it packs for another registry does not hide what this one has.
    await copyLines(engine, { source, target: at(await registryOf(), 'mhk/by-lamina:1') })
    requests.length = 0
    const again = { source, target: at(registry, 'mhk/by-docker:2') }
    expect((await copyLines(engine, again)).result).toMatchObject({ digest, upToDate: true })
    const elsewhere = { source, target: at(registry, 'mhk/by-lamina:1') }
    const plan = (await preview(engine, elsewhere)).json as TransferPreview
    expect(plan.items.map(({ from }) => from)).toEqual(Array(4).fill('mhk/by-docker'))
    expect(plan.visibility).toBe('new')
    const mounted = await copyLines(engine, elsewhere)
    expect(mounted.result.digest).toBe(digest)
    expect(new Set(statuses(mounted.lines))).toEqual(new Set(['Mounted from mhk/by-docker']))
    expect(requests.filter((line) => line.endsWith('/get'))).toEqual([])
  })
})

describe('copies between any two places', () => {
  it('go round through all of them and stay the same image', async () => {
    const image = 'around:1'
    const id = await layeredImage(image)
    const daemon = sharedDaemon()
    const [engine, registry, dir] = [await engineOf(), await registryOf(), await folder()]
    const { socketPath } = daemon
    const inDaemon = (name: string) => ({
      kind: 'daemon' as const,
      daemon: { socketPath },
      image: name,
      reference: name,
    })
    const source = ({ reference: _, ...place }: ReturnType<typeof inDaemon>) => place
    const target = ({ image: _, ...place }: ReturnType<typeof inDaemon>) => place
    const archive = (name: string) => ({ kind: 'archive' as const, path: join(dir, name) })
    onTestFinished(() => void daemon.docker(['rmi', '-f', 'around:2', 'around:3']))

    await copyLines(engine, { source: source(inDaemon(image)), target: archive('one.tar') })
    expect(await runOk('tar', ['tf', join(dir, 'one.tar')])).toContain('manifest.json')
    await copyLines(engine, {
      source: archive('one.tar'),
      target: at(registry, 'around/image:1'),
    })
    await copyLines(engine, {
      source: at(registry, 'around/image:1'),
      target: { kind: 'store', reference: 'around:store' },
    })
    await copyLines(engine, {
      source: { kind: 'store', image: 'around:store' },
      target: { ...archive('two.tar'), reference: 'around:store' },
    })
    await copyLines(engine, { source: archive('two.tar'), target: target(inDaemon('around:2')) })
    await daemon.dockerOk(['rmi', 'around:2'])
    const back = await copyLines(engine, {
      source: at(registry, 'around/image:1'),
      target: target(inDaemon('around:3')),
    })
    expect(back.result.id).toBe(id)
    expect(await daemon.dockerOk(['run', '--rm', 'around:3', '/bin/ls', '/two'])).toBe('/two')

    // What dockerd itself saves, and skopeo's layout.
    await daemon.dockerOk(['save', '-o', join(dir, 'saved.tar'), 'around:3'])
    const saved = await copyLines(engine, {
      source: archive('saved.tar'),
      target: at(registry, 'around/saved:1'),
    })
    expect(saved.result.id).toBe(id)
    const layout = `oci-archive:${join(dir, 'oci.tar')}:tagged`
    await runOk('skopeo', [
      ...['copy', '--src-tls-verify=false'],
      ...[`docker://${registry.address}/around/image:1`, layout],
    ])
    const fromLayout = await copyLines(engine, {
      source: { ...archive('oci.tar'), image: 'tagged' },
      target: at(registry, 'around/layout:1'),
    })
    const inspect = ['inspect', '--format', '{{.Digest}}', layout]
    expect(fromLayout.result.digest).toBe((await runOk('skopeo', inspect)).trim())
    expect(new Set(statuses(fromLayout.lines)).has('Pushed')).toBe(true)
  })

  it('keep a password from the other registry', async () => {
    const open = await registryOf()
    const closed = await registryOf({ auth: { kind: 'htpasswd', users } })
    const engine = await engineOf()
    await engine.call('POST', '/lamina/v1/sample')
    const source = { kind: 'store' as const, image: 'lamina/sample' }
    await copyLines(engine, { source, target: at(open, 'a/sample:1') })
    const across = { source: at(open, 'a/sample:1'), target: at(closed, 'b/sample:1') }
    await expect(copyLines(engine, across, mei)).rejects.toMatchObject({
      code: 'registry_login_required',
    })
    const config = { [closed.address]: { username: 'mei', password: 'secret' } }
    const header = Buffer.from(JSON.stringify(config)).toString('base64url')
    const { result } = await copyLines(engine, across, { 'X-Registry-Config': header })
    expect(result.digest).toMatch(/^sha256:/)
  })
})
