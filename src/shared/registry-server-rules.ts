/** What a registry of one's own takes, for the forms as well, which need no more than these. */

const MAX = 255
const USER = /^[^:\s#][^:\s]*$/
const HOST = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)$/

/** A name that Basic authentication and htpasswd both take. */
export function isUserName(text: string): boolean {
  return text.length <= MAX && USER.test(text)
}

/** bcrypt reads 72 bytes of a password. */
export function isNewPassword(text: string): boolean {
  return text !== '' && new TextEncoder().encode(text).length <= 72
}

/** A host name or an address, without a port. */
export function isHostName(text: string): boolean {
  return text.length <= MAX && HOST.test(text)
}
