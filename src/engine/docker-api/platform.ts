/** `--platform` of a client. */
import { platformFault } from '../build/platform-spec'
import type { Platform } from '../oci/manifest'
import { parsePlatform } from '../transfer/platform'
import { ApiError } from './http/errors'

/** @throws ApiError 400 in dockerd's words */
export function readPlatform(text: string): Platform {
  const fault = text === '' ? null : platformFault(text)
  if (fault !== null) throw new ApiError(400, fault)
  return parsePlatform(text)
}
