/** Errors about images in the words that users of the docker CLI know. */
import { LaminaError } from '@shared/errors'
import { familiarReference, parseReference, type Reference } from '@shared/reference'
import type { ImageStore, StoredImage } from '../image/types'
import { ApiError } from './http/errors'

/** An image by name or id. @throws ApiError 404 "No such image: busybox:latest" */
export function findImage(images: ImageStore, name: string): StoredImage {
  try {
    return images.resolve(name)
  } catch (error) {
    if (error instanceof LaminaError && error.code === 'not_found') throw noSuchImage(name)
    if (error instanceof LaminaError && error.code === 'reference_invalid') {
      throw new ApiError(400, referenceMessage(name), { cause: error })
    }
    throw error
  }
}

export function noSuchImage(name: string): ApiError {
  const parsed = parseReference(name)
  const shown = parsed.ok ? familiarReference(parsed.reference) : name
  return new ApiError(404, `No such image: ${shown}`)
}

/** A reference from a client. @throws ApiError 400 with distribution's sentence */
export function needReference(text: string): Reference {
  const parsed = parseReference(text)
  if (parsed.ok) return parsed.reference
  throw new ApiError(400, referenceMessage(text))
}

/**
 * Repository and tag as Docker's queries give them apart; null for neither. A tag or digest that the
 * repository has gives way to the other.
 */
export function joinReference(repository: string, tag: string): string | null {
  if (repository === '') return null
  if (tag === '') return repository
  const bare = repository.replace(/@.*$/, '').replace(/:[^/]*$/, '')
  return `${bare}${tag.includes(':') ? '@' : ':'}${tag}`
}

function referenceMessage(text: string): string {
  const parsed = parseReference(text)
  const problem = parsed.ok ? null : parsed.problem
  if (problem === 'uppercase') return 'invalid reference format: repository name must be lowercase'
  if (problem === 'too-long') return 'repository name must not be more than 255 characters'
  if (problem === 'hex-id') {
    return `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`
  }
  if (problem === 'digest-algorithm') return 'unsupported digest algorithm'
  if (problem === 'digest-length') return 'invalid checksum digest length'
  return 'invalid reference format'
}
