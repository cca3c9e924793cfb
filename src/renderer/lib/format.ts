/** Sizes, times and ids as people read them. */
import type { Language } from '@/i18n'

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']

/**
 * Bytes as Docker prints them (go-units `HumanSize`): decimal units, `digits` significant digits,
 * 3 in `docker images` and 4 in progress bars. `formatBytes(71_500_000)` is "71.5MB" there, with a
 * space here.
 */
export function formatBytes(bytes: number, digits = 3): string {
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  let text = significant(value, digits)
  if (Number(text) >= 1000 && unit < UNITS.length - 1) {
    unit++
    text = significant(value / 1000, digits)
  }
  return `${text} ${UNITS[unit]}`
}

/** Go's `%.Ng`: N significant digits without trailing zeros. */
function significant(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits)))
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['second', 60],
  ['minute', 60],
  ['hour', 24],
  ['day', 30.436875],
  ['month', 12],
  ['year', Infinity],
]

// Made once: a table has one in every row, and making one takes a tenth of a millisecond.
const RELATIVE: Record<Language, Intl.RelativeTimeFormat> = {
  en: new Intl.RelativeTimeFormat('en', { numeric: 'auto' }),
  'zh-CN': new Intl.RelativeTimeFormat('zh-CN', { numeric: 'auto' }),
}
const GROUPED = new Intl.NumberFormat('en')

/** "316,123,456 B", for whoever wants to know exactly. */
export function formatExactBytes(bytes: number): string {
  return `${GROUPED.format(bytes)} B`
}

/** "3 hours ago", "3 小时前"; times of 1970 or before (reproducible builds) are told as a date. */
export function formatAgo(time: number, now: number, language: Language): string {
  if (time <= 0) return formatDate(time, language)
  let amount = (time - now) / 1000
  for (const [unit, size] of STEPS) {
    if (Math.abs(amount) < size || size === Infinity) {
      return spaced(RELATIVE[language].format(Math.trunc(amount), unit))
    }
    amount /= size
  }
  return formatDate(time, language)
}

/** "3小时前" reads better as "3 小时前". */
function spaced(text: string): string {
  return text.replace(/(\d)(?=\p{Script=Han})/gu, '$1 ')
}

/** "2026-11-21 09:05:07" in the local time zone, the same in both languages. */
export function formatDateTime(time: number): string {
  const date = new Date(time)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

function formatDate(time: number, language: Language): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium' }).format(time)
}

/** Milliseconds as "0.4 s", "12 s", "3 min 05 s". */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 60) return `${Math.round(seconds)} s`
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
}

/** The twelve digits that `docker` shows of an id or a digest. */
export function shortId(id: string): string {
  return id.replace(/^[a-z0-9]+:/, '').slice(0, 12)
}

/** A text with every full id and digest in it cut to its twelve digits. */
export function shortenIds(text: string): string {
  return text.replace(/(?:sha256:)?\b([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1')
}

/** A mode as `ls -l` writes it, without the type: `rwxr-sr-t`. */
export function formatMode(mode: number): string {
  const bits = [0o400, 0o200, 0o100, 0o40, 0o20, 0o10, 0o4, 0o2, 0o1]
  const letters = bits.map((bit, index) => (mode & bit ? 'rwx'.charAt(index % 3) : '-'))
  const special: [number, number, string][] = [
    [0o4000, 2, 's'],
    [0o2000, 5, 's'],
    [0o1000, 8, 't'],
  ]
  for (const [bit, place, letter] of special) {
    if (mode & bit) letters[place] = letters[place] === 'x' ? letter : letter.toUpperCase()
  }
  return letters.join('')
}

/** Percent of a task's bytes, 0 to 100, or null while no total is known. */
export function percentOf(items: readonly { done: number; total: number | null }[]): number | null {
  let done = 0
  let total = 0
  for (const item of items) {
    if (item.total === null) continue
    done += Math.min(item.done, item.total)
    total += item.total
  }
  return total === 0 ? null : Math.floor((done / total) * 100)
}
