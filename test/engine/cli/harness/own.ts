/** What an engine's storage driver is called and where it keeps things is its own affair. */
const OWN = new Set(['GraphDriver', 'Driver', 'Metadata', 'AppArmorProfile'])

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
