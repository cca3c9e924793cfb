/** Who signs in. An identity token (from `docker login`) stands in for the password. */
export interface Credentials {
  username: string
  password: string
  identitytoken: string
}

/** Credentials as they come from a form or from `X-Registry-Auth`; null where nothing is given. */
export function credentialsOf(given: {
  username?: string | null | undefined
  password?: string | null | undefined
  identitytoken?: string | null | undefined
}): Credentials | null {
  const { username, password, identitytoken } = given
  if (!username && !password && !identitytoken) return null
  return {
    username: username ?? '',
    password: password ?? '',
    identitytoken: identitytoken ?? '',
  }
}

/** The `Authorization` value of RFC 7617. */
export function basicAuthorization({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`
}
