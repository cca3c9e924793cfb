import type { Text } from '@/i18n'
import { REFERENCE_PROBLEMS } from '@/lib/check-reference'
import type { CheckedTarget, PushForm, TargetField } from './push-target'

/** The sentence for a field, where it is the one that is wrong and not just empty. */
export function targetProblem(
  t: Text,
  checked: CheckedTarget,
  form: PushForm,
  field: TargetField,
): string | null {
  if (checked.ok || checked.field !== field) return null
  const { problem } = checked
  switch (problem) {
    case 'empty':
    case 'no-registry':
      return null
    case 'hub-root':
      return t('push.target.hubRoot', { name: form.repository })
    case 'hub-depth':
      return t('push.target.hubDepth')
    case 'with-digest':
      return t('push.target.noDigest')
    case 'acr-region':
      return t('push.acr.regionProblem')
    case 'acr-instance':
      return t(`push.acr.instanceProblem.${form.acr.edition}`)
    case 'acr-domain':
      return t('push.acr.domainProblem')
    case 'acr-namespace':
      return t('push.acr.namespaceProblem')
    default:
      return t(`common.reference.${REFERENCE_PROBLEMS[problem]}`)
  }
}
