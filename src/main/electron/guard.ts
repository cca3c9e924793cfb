/** What no page may do: leave, open windows, embed others, ask for devices. */
import { app, session } from 'electron'
import { ORIGIN } from './scheme'

/** Copying to the clipboard is all that the interface needs of the system. */
const ALLOWED = 'clipboard-sanitized-write'

export function guardContents(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
    contents.on('will-navigate', (event, url) => {
      if (!isOurs(url)) event.preventDefault()
    })
    contents.on('will-redirect', (event) => event.preventDefault())
    contents.on('will-attach-webview', (event) => event.preventDefault())
  })
}

/** Once the app is ready. */
export function guardSession(): void {
  session.defaultSession.setPermissionRequestHandler((_contents, permission, answer) =>
    answer(String(permission) === ALLOWED),
  )
  session.defaultSession.setPermissionCheckHandler(
    (_contents, permission) => String(permission) === ALLOWED,
  )
}

/** Whether a URL is a page of Lamina. */
export function isOurs(url: string): boolean {
  return url.startsWith(`${ORIGIN}/`)
}
