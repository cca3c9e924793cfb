/** What an engine calls itself and its storage driver, and where it keeps things, is its affair. */
const OWN = new Set(['GraphDriver', 'Driver', 'Metadata', 'AppArmorProfile', 'DockerVersion'])

/** A document without the fields that only the storage of one engine explains. */
export function withoutOwn(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutOwn)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !OWN.has(key))
      .map(([key, item]) => [key, withoutOwn(item)]),
  )
}
