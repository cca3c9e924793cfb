/** `--platform` of a client. */
import type { Platform } from '../oci/manifest'
import { parsePlatform } from '../transfer/platform'
import { ApiError } from './http/errors'

/** @throws ApiError 400 in dockerd's words */
export function readPlatform(text: string): Platform {
  if (text.split('/').length > 3) {
    const quoted = JSON.stringify(text)
    throw new ApiError(400, `${quoted}: cannot parse platform specifier: invalid argument`)
  }
  return parsePlatform(text)
}
