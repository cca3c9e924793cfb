/**
 * Where a push goes, as the form has it, and the reference that comes of it.
 */
import {
  DEFAULT_DOMAIN,
  familiarReference,
  parseReference,
  type Reference,
  type ReferenceProblem,
} from '@shared/reference'
import type { Registry } from '@shared/models'

/** What the push form holds; each kind keeps its own fields, so that switching loses nothing. */
export interface PushForm {
  kind: 'registry' | 'hub' | 'full'
  /** Id of a saved registry. */
  registry: string | null
  repository: string
  tag: string
  fullName: string
}

/** `hub-root`: a name without a user; `with-digest`: a push goes by tag. */
export type TargetProblem = ReferenceProblem | 'hub-root' | 'with-digest' | 'no-registry'

export type CheckedTarget =
  | {
      ok: true
      reference: Reference
      /** As docker takes and shows it, with its tag. */
      name: string
    }
  | { ok: false; problem: TargetProblem; field: 'registry' | 'repository' | 'tag' | 'fullName' }

/** The reference that a form stands for, or what is wrong with it and in which field. */
export function checkTarget(form: PushForm, registries: readonly Registry[]): CheckedTarget {
  if (form.kind === 'full') return finish(form.fullName, 'fullName')

  const { repository } = form
  const tag = form.tag === '' ? 'latest' : form.tag
  if (repository === '') return { ok: false, problem: 'empty', field: 'repository' }
  // The tag has its own field; parts that look like one would move the border between the two.
  if (/[:@]/.test(repository)) return { ok: false, problem: 'path', field: 'repository' }
  if (/[:@/]/.test(tag)) return { ok: false, problem: 'tag', field: 'tag' }

  if (form.kind === 'hub') {
    const checked = finish(`${DEFAULT_DOMAIN}/${repository}:${tag}`, 'repository')
    if (!checked.ok || repository.includes('/')) return checked
    return { ok: false, problem: 'hub-root', field: 'repository' }
  }
  const registry = registries.find(({ id }) => id === form.registry)
  if (!registry) return { ok: false, problem: 'no-registry', field: 'registry' }
  return finish(`${registry.address}/${repository}:${tag}`, 'repository')
}

/** The form to begin with, made from a name that the image has already (or none). */
export function initialForm(name: string | undefined, registries: readonly Registry[]): PushForm {
  const parsed = name === undefined ? null : parseReference(name)
  const reference = parsed?.ok ? parsed.reference : null
  const saved = reference
    ? registries.find(({ address }) => address === reference.domain)
    : undefined
  const onHub = reference === null || reference.domain === DEFAULT_DOMAIN
  return {
    kind: saved || onHub ? 'registry' : 'full',
    registry: (saved ?? registries[0])?.id ?? null,
    repository: reference?.path.replace(/^library\/(?=[^/]+$)/, '') ?? '',
    tag: reference?.tag ?? '',
    fullName: name ?? '',
  }
}

function finish(name: string, field: 'repository' | 'fullName'): CheckedTarget {
  const parsed = parseReference(name)
  if (!parsed.ok) {
    const { problem } = parsed
    return { ok: false, problem, field: problem === 'tag' && field !== 'fullName' ? 'tag' : field }
  }
  const { reference } = parsed
  if (reference.digest !== null) return { ok: false, problem: 'with-digest', field }
  return { ok: true, reference, name: familiarReference(reference) }
}
