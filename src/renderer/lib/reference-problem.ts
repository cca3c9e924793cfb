import type { ReferenceProblem } from '@shared/reference'
import type { MessageKey } from '@/i18n'

const KEYS: Record<ReferenceProblem, MessageKey> = {
  empty: 'common.reference.empty',
  uppercase: 'common.reference.uppercase',
  scheme: 'common.reference.scheme',
  path: 'common.reference.path',
  'too-long': 'common.reference.tooLong',
  tag: 'common.reference.tag',
  digest: 'common.reference.digest',
  'digest-length': 'common.reference.digestLength',
  'digest-algorithm': 'common.reference.digestAlgorithm',
  'hex-id': 'common.reference.hexId',
}

/** The sentence that says why a name will not do: `t(referenceProblemKey(parsed.problem))`. */
export function referenceProblemKey(problem: ReferenceProblem): MessageKey {
  return KEYS[problem]
}
