import { describe, expect, it } from 'vitest'
import { digestOf } from '../../../src/engine/oci/digest'
import type { Descriptor, Index } from '../../../src/engine/oci/manifest'
import { OCI_MANIFEST } from '../../../src/engine/oci/media-types'
import { forEachParallel } from '../../../src/engine/transfer/parallel'
import { choosePlatform, parsePlatform, platformName } from '../../../src/engine/transfer/platform'
import { ItemProgress, type TransferItem } from '../../../src/engine/transfer/progress'

function entry(platform: string, annotations?: Record<string, string>): Descriptor {
  const [os = '', architecture = '', variant] = platform.split('/')
  return {
    mediaType: OCI_MANIFEST,
    digest: digestOf(platform),
    size: 1,
    platform: { os, architecture, ...(variant ? { variant } : {}) },
    ...(annotations ? { annotations } : {}),
  }
}

function indexOf(...manifests: Descriptor[]): Index {
  return { schemaVersion: 2, manifests }
}

describe('choosePlatform', () => {
  const index = indexOf(
    entry('unknown/unknown', { 'vnd.docker.reference.type': 'attestation-manifest' }),
    entry('linux/arm/v5'),
    entry('linux/arm/v7'),
    entry('linux/arm64/v8'),
    entry('linux/amd64'),
    entry('windows/amd64'),
  )
  const choose = (text: string) => {
    const { platform } = choosePlatform(index, parsePlatform(text), 'x')
    return platform ? platformName(platform) : null
  }

  it('takes the same platform, whatever its names', () => {
    expect(choose('linux/amd64')).toBe('linux/amd64')
    expect(choose('x86_64')).toBe('linux/amd64')
    expect(choose('windows/amd64')).toBe('windows/amd64')
    expect(choose('linux/aarch64')).toBe('linux/arm64/v8')
    expect(choose('linux/arm/v7')).toBe('linux/arm/v7')
  })

  it('takes the best lower variant, and none that is higher', () => {
    expect(choose('linux/arm/v6')).toBe('linux/arm/v5')
    expect(choose('linux/arm/v8')).toBe('linux/arm/v7')
  })

  it('names what is there where nothing fits', () => {
    expect(() => choose('linux/s390x')).toThrow(/linux\/s390x/)
    expect(() => choosePlatform(indexOf(), parsePlatform(''), 'x')).toThrow()
  })
})

describe('forEachParallel', () => {
  it('runs so many at a time', async () => {
    let running = 0
    let most = 0
    await forEachParallel(
      [...Array(10).keys()],
      async () => {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setTimeout(resolve, 5))
        running--
      },
      { width: 3 },
    )
    expect(most).toBe(3)
  })

  it('stops the others at the first failure and throws that', async () => {
    const ended: string[] = []
    const work = async (name: string, signal: AbortSignal) => {
      if (name === 'bad') throw new Error('first')
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      ended.push(name)
      throw new Error('after')
    }
    await expect(forEachParallel(['slow', 'bad', 'never'], work, { width: 2 })).rejects.toThrow(
      'first',
    )
    expect(ended).toEqual(['slow'])
  })
})

describe('ItemProgress', () => {
  it('reports every step, but not every byte', () => {
    const seen: TransferItem[] = []
    const digest = digestOf('layer')
    const progress = new ItemProgress(digest, 'Waiting', (item) => seen.push(item))
    progress.step('Pushing', 1000)
    for (let done = 1; done <= 1000; done++) progress.bytes(done)
    progress.end('done', 'Pushed')
    const id = digest.slice(7, 19)
    expect(seen[0]).toEqual({ id, state: 'waiting', status: 'Waiting', done: 0, total: null })
    expect(seen.at(-1)).toEqual({ id, state: 'done', status: 'Pushed', done: 1000, total: 1000 })
    expect(seen.length).toBeLessThan(10)
  })
})
