/**
 * What may differ between two engines that do the same, replaced: ids made by chance, names made by
 * chance, times near now, folders, sockets and ports. All else stays as it is, so it is compared.
 */
export interface Normaliser {
  text(text: string): string
  json(value: unknown): unknown
  /** As `json`, of a list in an order that chance does not change. */
  list(items: readonly unknown[]): unknown[]
  /** Makes `alias` (a shortened id, a name made by chance) stand for the same number as `id`. */
  alias(alias: string, id: string): void
  /** One more folder or address of this side. */
  word(from: string, to: string): void
}

export interface NormaliserOptions {
  /** Folders, addresses and sockets of this side, and the words that stand for them. */
  words: readonly (readonly [string, string])[]
  /** Hex digests that follow from the inputs alone and must therefore be equal: they stay. */
  stable: ReadonlySet<string>
}

const HEX = /(?<![0-9a-zA-Z])(?:[0-9a-f]{64}|[0-9a-f]{12})(?![0-9a-zA-Z])/g
const ISO =
  /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?: ?(?:Z|[+-]\d\d:?\d\d)(?: [A-Z]{3,4})?)?/g
const AGO =
  /(?:Less than a second|About a minute|About an hour|\d+ (?:second|minute|hour)s?)(?= ago|$|\s)/g
const RANDOM_NAME = /(?<![\w.-])[a-z]+_[a-z]+\d?(?![\w.-])/g
/** Words of Docker that look like a name made by chance. */
const NOT_NAMES = /^(?:no_proxy|http_proxy|https_proxy|ftp_proxy|all_proxy|go_template)$/
/** Lists that dockerd reads from a map: their order is chance. */
const UNORDERED = new Set(['RepoTags', 'RepoDigests', 'Mounts'])
const DAY = 24 * 3600 * 1000

export function createNormaliser({ words, stable }: NormaliserOptions): Normaliser {
  const numbers = new Map<string, string>()
  const prefixes = new Set([...stable].map((hex) => hex.slice(0, 12)))
  const literal = [...words]
  // Longer ones first: a folder may lie within another.
  const order = (): void => void literal.sort((a, b) => b[0].length - a[0].length)
  order()

  const numberOf = (id: string): string => {
    const key = id.slice(0, 12)
    const known = numbers.get(key)
    if (known) return known
    const made = String(new Set(numbers.values()).size + 1)
    numbers.set(key, made)
    return made
  }

  const plain = (input: string): string =>
    literal.reduce((out, [from, to]) => out.replaceAll(from, to), input)

  const text = (input: string): string => {
    let out = plain(input)
    out = out.replace(ISO, (found) => (isRecent(found) ? '<now>' : found))
    out = out.replace(AGO, '<a while>')
    // How an older CLI names the file that it writes aside.
    out = out.replace(/\.docker_temp_\d+/g, '.docker_temp_<n>')
    out = out.replace(HEX, (hex) =>
      (hex.length === 64 ? stable.has(hex) : prefixes.has(hex))
        ? hex
        : `<id ${numberOf(hex)}${hex.length === 12 ? ' short' : ''}>`,
    )
    for (const [alias, number] of numbers) {
      if (alias.length < 12 || !/^[0-9a-f]+$/.test(alias)) {
        out = out.replace(new RegExp(`(?<![\\w.-])${alias}(?![\\w.-])`, 'g'), `<${number}>`)
      }
    }
    return out
  }

  const json = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value)
    if (typeof value === 'number') return isNow(value) ? '<now>' : value
    if (Array.isArray(value)) return value.map(json)
    if (value === null || typeof value !== 'object') return value
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return Object.fromEntries(
      entries.map(([key, item]) => [
        text(key),
        UNORDERED.has(key) && Array.isArray(item) ? list(item) : json(item),
      ]),
    )
  }

  // Ids made by chance must neither decide the order nor be numbered in an order of chance.
  const list = (items: readonly unknown[]): unknown[] => {
    const sorted = items
      .map((item) => ({ item, key: maskHex(plain(JSON.stringify(item))) }))
      .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
      .map(({ item, key }) => ({ key, done: json(item) }))
    return sorted
      .map(({ key, done }) => ({ key: `${key} ${JSON.stringify(done)}`, done }))
      .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
      .map(({ done }) => done)
  }

  return {
    text,
    json,
    list,
    alias: (alias, id) => void numbers.set(alias, numberOf(id)),
    word(from, to) {
      literal.push([from, to])
      order()
    },
  }
}

function maskHex(text: string): string {
  return text.replace(/[0-9a-f]{64}/g, '').replace(/[0-9a-f]{12}/g, '')
}

/** Replaces names such as `quirky_turing`, for commands that print one. */
export function maskRandomNames(text: string): string {
  return text.replace(RANDOM_NAME, (name) => (NOT_NAMES.test(name) ? name : '<a name>'))
}

function isRecent(text: string): boolean {
  const plain = text
    .replace(/ [A-Z]{3,4}$/, '')
    .replace(/ ([+-])/, '$1')
    .replace(' ', 'T')
    .replace(/\.(\d{3})\d+/, '.$1')
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/.test(plain) ? plain : `${plain}Z`
  const at = Date.parse(zoned.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'))
  return Math.abs(at - Date.now()) < DAY
}

/** Seconds or nanoseconds since 1970 that lie near now. */
function isNow(value: number): boolean {
  return [1000, 1e-6].some((factor) => Math.abs(value * factor - Date.now()) < DAY)
}
