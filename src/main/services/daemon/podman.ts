import type { ListKey } from './document'

/** A drop-in of registries.conf(5) that says the same as a list of daemon.json. */
export function podmanText(key: ListKey, values: readonly string[]): string {
  if (key === 'insecure-registries') {
    const entries = values.map((host) => `[[registry]]\nlocation = "${host}"\ninsecure = true\n`)
    return entries.join('\n')
  }
  const mirrors = values.map((mirror) => {
    const url = new URL(mirror)
    const insecure = url.protocol === 'http:' ? 'insecure = true\n' : ''
    return `[[registry.mirror]]\nlocation = "${url.host}"\n${insecure}`
  })
  return ['[[registry]]\nlocation = "docker.io"\n', ...mirrors].join('\n')
}
