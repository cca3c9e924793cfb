import { LaminaError } from '@shared/errors'
import { afterEach, describe, expect, it } from 'vitest'
import RemoteImagePage from '@/features/registries/RemoteImagePage.vue'
import { useCommandBarStore } from '@/stores/command-bar'
import type { RemoteImage } from '@shared/registries'
import { fakeMain } from '../../support/fake-main'
import { mountPage, settle, type Mounted } from '../../support/mount-page'

const main = fakeMain()
const digest = (letter: string) => `sha256:${letter.repeat(64)}`
const RAW = '{"schemaVersion":2,\n "manifests":[]}'

const imageOf = (platform: string, letter: string): RemoteImage => ({
  ...{ digest: digest('f'), mediaType: 'application/vnd.oci.image.index.v1+json', raw: RAW },
  platforms: [
    { platform: 'linux/amd64', digest: digest('a'), size: 500 },
    { platform: 'linux/arm64', digest: digest('b'), size: 500 },
  ],
  attestations: 2,
  image: {
    digest: digest(letter),
    platform,
    layers: [
      {
        ...{ digest: digest('1'), diffId: digest('2'), size: 3_000_000, mediaType: 'tar' },
        createdBy: '/bin/sh -c #(nop) COPY app /',
      },
    ],
    details: {
      ...{ id: digest('c'), repoTags: ['r:1/team/app:1'], repoDigests: [], createdAt: 1_000 },
      ...{ size: 3_000_500, os: 'linux', architecture: 'amd64', author: '', comment: '' },
      config: {
        ...{ env: ['LANG=C'], cmd: ['sh'], entrypoint: [], workingDir: '/srv', user: '' },
        ...{ exposedPorts: ['80/tcp'], volumes: [], labels: { team: 'a' } },
      },
      layers: [],
      usedBy: [],
      raw: {},
    },
  },
})

let page: Mounted
afterEach(() => page.unmount())

async function open(query: string): Promise<void> {
  page = await mountPage(
    RemoteImagePage,
    { id: 'one' },
    `/registries/one/image?repository=team/app&${query}`,
  )
  await settle()
}

const answers = {
  'registries.list': () => [
    {
      ...{ id: 'one', address: 'r:1', username: null, secret: null, own: false },
      protocol: 'http' as const,
    },
  ],
  'registries.image': ({ platform }: { platform: string | null }) =>
    platform === 'linux/arm64' ? imageOf('linux/arm64', 'b') : imageOf('linux/amd64', 'a'),
  'images.pull': () => 'task-1',
}

describe('an image in a registry', () => {
  it('shows layers, configuration and manifest, each with its command', async () => {
    main.answer(answers)
    await open('reference=1')
    expect(page.find('remote-image-page').dataset.digest).toBe(digest('f'))
    expect(page.text('remote-image-attestations')).toBe('2 attestations')
    expect(page.all('remote-layers-row').map((row) => row.textContent)).toEqual([
      expect.stringContaining('COPY app /'),
    ])
    const bar = useCommandBarStore()
    expect(bar.command?.lines).toEqual([
      'skopeo inspect --tls-verify=false docker://r:1/team/app:1',
    ])
    await page.click('remote-image-tab-configuration')
    expect(page.find('remote-image-page').textContent).toContain('80/tcp')
    expect(bar.command?.lines).toEqual([
      'skopeo inspect --config --tls-verify=false docker://r:1/team/app:1',
    ])
    await page.click('remote-image-tab-manifest')
    expect(page.text('remote-manifest-json')).toContain('"schemaVersion": 2')
    expect(bar.command).toEqual({
      lines: ['docker manifest inspect --insecure r:1/team/app:1'],
      match: 'same',
    })
  })

  it('copies the manifest byte for byte, for its digest is of those', async () => {
    main.answer(answers)
    await open('reference=1&tab=manifest')
    let copied = ''
    const clipboard = { writeText: async (text: string) => void (copied = text) }
    Object.defineProperty(navigator, 'clipboard', { value: clipboard, configurable: true })
    await page.click('remote-manifest-copy')
    expect(copied).toBe(RAW)
  })

  it('is pulled by the digest of the platform that was chosen', async () => {
    main.answer(answers)
    await open('reference=1')
    const select = page.find('remote-image-platform') as HTMLSelectElement
    select.value = 'linux/arm64'
    select.dispatchEvent(new Event('change'))
    await settle()
    expect(main.inputs('registries.image').at(-1)?.platform).toBe('linux/arm64')
    await page.click('remote-image-pull')
    expect(main.inputs('images.pull')).toEqual([{ reference: `r:1/team/app@${digest('b')}` }])
  })

  it('says what to do where there is none', async () => {
    main.answer({
      ...answers,
      'registries.image': () => {
        const params = { address: 'r:1', reference: 'team/app:1' }
        throw new LaminaError('manifest_unknown', params)
      },
    })
    await open('reference=1')
    expect(page.find('error-notice').dataset.code).toBe('manifest_unknown')
    main.answer({ ...answers, 'registries.image': () => ({ ...imageOf('', 'a'), image: null }) })
    await page.click('error-retry')
    expect(page.text('empty-state')).toContain('Choose one of the platforms')
  })
})
