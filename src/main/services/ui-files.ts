/** The built interface (`out/renderer`), as Electron's own scheme and the browser mode serve it. */
import { readFile } from 'node:fs/promises'
import { extname, join, resolve, sep } from 'node:path'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

export interface UiFile {
  type: string
  body: Buffer
}

/**
 * Content Security Policy of every page: nothing from elsewhere, no inline script, no frames.
 * Naive UI writes its styles into `<style>` elements, so inline styles are allowed.
 * @param connect where the page may connect to beside its own origin
 */
export function contentPolicy(connect = ''): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    `connect-src 'self' ${connect}`.trim(),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; ')
}

/** Headers that go with every answer. */
export function securityHeaders(policy: string): Record<string, string> {
  return {
    'Content-Security-Policy': policy,
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
  }
}

/** A file of the interface for the path of a URL; null where there is none, or it is outside. */
export async function readUiFile(root: string, urlPath: string): Promise<UiFile | null> {
  let path: string
  try {
    path = decodeURIComponent(urlPath)
  } catch {
    return null
  }
  if (path.includes('\0')) return null
  const file = resolve(join(root, path === '/' ? 'index.html' : path))
  const type = TYPES[extname(file)]
  if (type === undefined || !file.startsWith(resolve(root) + sep)) return null
  try {
    return { type, body: await readFile(file) }
  } catch {
    return null
  }
}
