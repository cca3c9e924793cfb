/**
 * Who may talk to the browser mode's server. The printed address holds a token that works once and
 * becomes a cookie (HttpOnly, SameSite=Strict), so that a reload works; Host and Origin are checked
 * against the names of the loopback, so that no other site's page can reach it (DNS rebinding,
 * cross-site requests).
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export class Session {
  private token: string | null = null
  private readonly secret = randomBytes(32).toString('base64url')
  private readonly hosts: string[]

  constructor(private readonly port: number) {
    this.hosts = [`127.0.0.1:${port}`, `localhost:${port}`]
  }

  /** A new one-time address; the one before it no longer works. */
  address(): string {
    this.token = randomBytes(32).toString('base64url')
    return `http://127.0.0.1:${this.port}/?token=${this.token}`
  }

  /** Whether the printed address was opened: nobody can come in with it any more. */
  isUsed(): boolean {
    return this.token === null
  }

  /** Takes the token, if it is the one; it does not work a second time. */
  redeem(token: string): boolean {
    if (this.token === null || !same(token, this.token)) return false
    this.token = null
    return true
  }

  /** Cookies know no ports: the name keeps two Laminas of one machine apart. */
  cookie(): string {
    return `${this.cookieName()}=${this.secret}; HttpOnly; SameSite=Strict; Path=/`
  }

  hasCookie(headers: IncomingHttpHeaders): boolean {
    const cookies = (headers.cookie ?? '').split(';').map((cookie) => cookie.trim())
    const prefix = `${this.cookieName()}=`
    const mine = cookies.filter((cookie) => cookie.startsWith(prefix))
    return mine.some((cookie) => same(cookie.slice(prefix.length), this.secret))
  }

  isOurHost(headers: IncomingHttpHeaders): boolean {
    return this.hosts.includes(headers.host ?? '')
  }

  /** The Origin must be there and be the one of the page that the Host names. */
  isOurOrigin(headers: IncomingHttpHeaders): boolean {
    return this.isOurHost(headers) && headers.origin === `http://${headers.host}`
  }

  private cookieName(): string {
    return `lamina_${this.port}`
  }
}

function same(given: string, wanted: string): boolean {
  const a = Buffer.from(given)
  const b = Buffer.from(wanted)
  return a.length === b.length && timingSafeEqual(a, b)
}
