/**
 * Absolute paths inside a container, in the one form that the engine takes: a leading slash, no
 * `.` or `..`, no trailing slash. Null when `input` is not an absolute path.
 */
export function containerPath(input: string): string | null {
  if (!input.startsWith('/') || input.includes('\0')) return null
  const parts: string[] = []
  for (const part of input.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}
