/**
 * The conformance suite on our registry, and its core on docker-registry 2.8.2 in the same run.
 * LAMINA_CONFORMANCE_URL names another registry to run all of it on.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRegistry, type TestRegistry } from '../../../support/registry'
import { CASES } from './conformance/cases'
import { RegistryUnderTest } from './conformance/registry-under-test'
import { servers } from './servers'

const start = servers()

describe('our registry', () => {
  let registry: RegistryUnderTest
  beforeAll(async () => {
    const url = process.env.LAMINA_CONFORMANCE_URL ?? (await start()).url
    registry = new RegistryUnderTest(url)
  })
  it.each(CASES)('$part: $name', (one) => one.run(registry))
})

describe('docker-registry', () => {
  let peer: TestRegistry
  beforeAll(async () => {
    peer = await startRegistry()
  })
  afterAll(() => peer.stop())
  it.each(CASES.filter(({ core }) => core))('$part: $name', (one) =>
    one.run(new RegistryUnderTest(peer.url)),
  )
})

it('has a core worth the name', () => {
  expect(CASES.filter(({ core }) => core).length).toBeGreaterThan(CASES.length / 2)
})
