/**
 * Names that go into the path of a request. They are checked here once, so that no name can turn
 * one route into another (`../containers/x?force=1`).
 */
import { LaminaError } from '@shared/errors'
import { familiarReference, parseReference, type Reference } from '@shared/reference'

const IMAGE_ID = /^(?:sha256:)?[0-9a-f]{4,64}$/
const OBJECT_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/

/** Path segment of an image: an id, short or long, or a reference. */
export function imagePath(name: string): string {
  if (IMAGE_ID.test(name)) return name
  return familiarReference(readReference(name))
}

/** Path segment of a container or a volume: an id or a name. */
export function objectPath(name: string): string {
  if (!OBJECT_NAME.test(name)) {
    throw new LaminaError('invalid_input', { field: 'id', reason: 'not an id or a name' })
  }
  return name
}

/** An image's id as `sha256:…`; Podman writes ids without the algorithm. */
export function fullId(id: string): string {
  return /^[0-9a-f]{64}$/.test(id) ? `sha256:${id}` : id
}

/** A reference that is one; `reference_invalid` else. */
export function readReference(text: string): Reference {
  const parsed = parseReference(text)
  if (!parsed.ok) {
    throw new LaminaError('reference_invalid', { reference: text }, { cause: parsed.problem })
  }
  return parsed.reference
}

/** A reference that can be written to: one with a tag and without a digest. */
export function readTag(text: string): Reference & { tag: string } {
  const reference = readReference(text)
  if (reference.digest !== null || reference.tag === null) {
    throw new LaminaError('reference_invalid', { reference: text }, { cause: 'digest' })
  }
  return { ...reference, tag: reference.tag }
}
