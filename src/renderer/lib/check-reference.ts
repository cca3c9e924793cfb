import { fullReference, parseReference, type ReferenceProblem } from '@shared/reference'

/** Last part of the key of the sentence under `common.reference`. */
type ProblemKey =
  | 'empty'
  | 'uppercase'
  | 'scheme'
  | 'path'
  | 'tooLong'
  | 'tag'
  | 'digest'
  | 'digestLength'
  | 'digestAlgorithm'
  | 'hexId'
  | 'noDigest'

export interface CheckedReference {
  problem: ProblemKey | null
  /** Written out (`docker.io/library/busybox:latest`), or null where it is no reference. */
  full: string | null
}

/** The sentences of the parser's problems. */
export const REFERENCE_PROBLEMS: Record<ReferenceProblem, ProblemKey> = {
  empty: 'empty',
  uppercase: 'uppercase',
  scheme: 'scheme',
  path: 'path',
  'too-long': 'tooLong',
  tag: 'tag',
  digest: 'digest',
  'digest-length': 'digestLength',
  'digest-algorithm': 'digestAlgorithm',
  'hex-id': 'hexId',
}

/** Whether a text can name an image; a digest only where `allowDigest` says so. */
export function checkReference(text: string, allowDigest = false): CheckedReference {
  const parsed = parseReference(text.trim())
  if (!parsed.ok) return { problem: REFERENCE_PROBLEMS[parsed.problem], full: null }
  if (parsed.reference.digest !== null && !allowDigest) return { problem: 'noDigest', full: null }
  return { problem: null, full: fullReference(parsed.reference) }
}
