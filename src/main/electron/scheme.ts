/** `lamina://app/…`: the built interface under an origin of its own, with its headers. */
import { protocol } from 'electron'
import { contentPolicy, readUiFile, securityHeaders } from '../services/ui-files'

const SCHEME = 'lamina'
export const ORIGIN = `${SCHEME}://app`
export const PAGE = `${ORIGIN}/index.html`

/** Before the app is ready: makes the scheme a secure origin like https. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ])
}

/** Once the app is ready: serves the files of `uiRoot`, and nothing else. */
export function serveScheme(uiRoot: string): void {
  const headers = securityHeaders(contentPolicy())
  protocol.handle(SCHEME, async (request) => {
    const { host, pathname } = new URL(request.url)
    const file = host === 'app' ? await readUiFile(uiRoot, pathname) : null
    if (file === null) return new Response('Not found.', { status: 404, headers })
    return new Response(file.body, { headers: { ...headers, 'Content-Type': file.type } })
  })
}
