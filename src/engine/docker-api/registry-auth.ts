/** `X-Registry-Auth` and the body of POST /auth (engine API: section Authentication). */
import { z } from 'zod'
import { credentialsOf, type Credentials } from '../registry/client/credentials'
import { parseAs } from './http/request'

const schema = z.looseObject({
  username: z.string().nullish(),
  password: z.string().nullish(),
  /** "user:password" in base64, as in config.json. */
  auth: z.string().nullish(),
  serveraddress: z.string().nullish(),
  identitytoken: z.string().nullish(),
})

/** @throws ApiError 400 when the text is not such an object */
export function readRegistryAuth(text: string): {
  credentials: Credentials | null
  address: string
} {
  const given = parseAs(schema, text)
  const address = given.serveraddress ?? ''
  if (!given.username && given.auth) {
    const [username = '', ...rest] = Buffer.from(given.auth, 'base64').toString('utf8').split(':')
    return { credentials: credentialsOf({ username, password: rest.join(':') }), address }
  }
  return { credentials: credentialsOf(given), address }
}
