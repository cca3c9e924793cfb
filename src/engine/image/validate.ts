/**
 * Checks a view of an image completely (as go-containerregistry's `validate`): the oracle of the
 * tests, after any step and on any medium.
 */
import { TarScanner } from '../layer/tar-scanner'
import { digestAlgorithm, Digester, digestOf } from '../oci/digest'
import type { Image, Layer } from './types'

/** Everything that is wrong with it, in words; empty: it is sound. Reads every layer twice. */
export async function validateImage(image: Image): Promise<string[]> {
  const problems: string[] = []
  const expect = (holds: boolean, problem: string) => void (holds || problems.push(problem))
  const { config, layers, rawConfig } = image
  expect(
    digestOf(rawConfig, digestAlgorithm(image.id)) === image.id,
    'the id is not the digest of the config',
  )
  const diffIds = config.rootfs.diff_ids
  expect(diffIds.length === layers.length, `${diffIds.length} diffIDs for ${layers.length} layers`)
  layers.forEach((layer, index) =>
    expect(layer.diffId === diffIds[index], `layer ${index} is not diffID ${index} of the config`),
  )
  const steps = config.history.filter(({ empty_layer }) => !empty_layer).length
  expect(
    config.history.length === 0 || steps === layers.length,
    `the history has ${steps} steps with files for ${layers.length} layers`,
  )
  const { raw, descriptor, manifest } = await image.manifest()
  expect(
    digestOf(raw, digestAlgorithm(descriptor.digest)) === descriptor.digest,
    'the digest of the manifest is wrong',
  )
  expect(raw.length === descriptor.size, 'the size of the manifest is wrong')
  expect(manifest.config.digest === image.id, 'the manifest names another config')
  expect(manifest.config.size === rawConfig.length, 'the manifest has a wrong size of the config')
  expect(manifest.layers.length === layers.length, 'the manifest has another number of layers')
  for (const [index, layer] of layers.entries()) {
    const found = await layerProblems(layer)
    problems.push(...found.map((problem) => `layer ${index}: ${problem}`))
    const named = manifest.layers[index]
    const { digest, size } = await layer.descriptor()
    expect(
      named?.digest === digest && named.size === size,
      `layer ${index}: the manifest names another blob`,
    )
  }
  return problems
}

async function layerProblems(layer: Layer): Promise<string[]> {
  const problems: string[] = []
  const { digest, size } = await layer.descriptor()
  const packed = new Digester(digestAlgorithm(digest))
  for await (const chunk of await layer.open()) packed.update(chunk)
  if (packed.size !== size) problems.push(`${packed.size} bytes, not ${size}`)
  if (packed.digest() !== digest) problems.push('its bytes are not what its digest says')
  const plain = new Digester(digestAlgorithm(layer.diffId))
  let entries = 0
  const scanner = new TarScanner({ entry: ({ whiteout }) => void (whiteout === null && entries++) })
  for await (const chunk of await layer.uncompressed()) {
    plain.update(chunk)
    scanner.write(chunk)
  }
  scanner.end()
  if (plain.digest() !== layer.diffId) problems.push('its tar is not what its diffID says')
  const index = await layer.index()
  // One path may stand twice in a tar, folders may stand in none, and the root is no entry.
  let indexed = index.totals.entries
  for (let node = 1; node < index.count; node++) if (index.isImplied(node)) indexed--
  if (indexed > entries) problems.push(`its index has ${indexed} entries, its tar ${entries}`)
  return problems
}
