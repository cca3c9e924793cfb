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
import { isAcr, registryKind } from '@shared/registry-kind'
import {
  acrAddress,
  namespaceProblem,
  NEW_ACR_FORM,
  withAddress,
  type AcrField,
  type AcrForm,
  type AcrProblem,
} from './acr-target'

/** What the push form holds; each kind keeps its own fields, so that switching loses nothing. */
export interface PushForm {
  kind: 'registry' | 'acr' | 'hub' | 'full'
  /** Id of a saved private registry. */
  registry: string | null
  /** Of a private registry and of Docker Hub. */
  repository: string
  tag: string
  acr: AcrForm
  fullName: string
}

/**
 * `hub-root`: a name without a user; `hub-depth`: Docker Hub has `user/name` and nothing deeper;
 * `with-digest`: a push goes by tag.
 */
export type TargetProblem =
  ReferenceProblem | AcrProblem | 'hub-root' | 'hub-depth' | 'with-digest' | 'no-registry'

export type TargetField = AcrField | 'registry' | 'repository' | 'tag' | 'fullName'

export type CheckedTarget =
  | {
      ok: true
      reference: Reference
      /** As docker takes and shows it, with its tag. */
      name: string
    }
  | { ok: false; problem: TargetProblem; field: TargetField }

/** The saved registries that the form offers by themselves: ACR and Docker Hub have their own ways. */
export function privateRegistries(registries: readonly Registry[]): Registry[] {
  return registries.filter(({ address }) => registryKind(address) === 'private')
}

/** The host that the form names, whatever else is still missing; null before it is known. */
export function targetAddress(form: PushForm, registries: readonly Registry[]): string | null {
  switch (form.kind) {
    case 'hub':
      return DEFAULT_DOMAIN
    case 'acr': {
      const found = acrAddress(form.acr)
      return found.ok ? found.address : null
    }
    case 'registry':
      return registries.find(({ id }) => id === form.registry)?.address ?? null
    case 'full': {
      const parsed = parseReference(form.fullName)
      return parsed.ok ? parsed.reference.domain : null
    }
  }
}

/** The reference that a form stands for, or what is wrong with it and in which field. */
export function checkTarget(form: PushForm, registries: readonly Registry[]): CheckedTarget {
  if (form.kind === 'full') return finish(form.fullName, 'fullName')
  if (form.kind === 'acr') return checkAcr(form)
  const parts = checkParts(form.repository, form.tag)
  if (parts !== null) return parts
  const { repository } = form
  const tag = tagOf(form)
  if (form.kind === 'hub') {
    const checked = finish(`${DEFAULT_DOMAIN}/${repository}:${tag}`, 'repository')
    const depth = repository.split('/').length
    if (!checked.ok || depth === 2) return checked
    return { ok: false, problem: depth === 1 ? 'hub-root' : 'hub-depth', field: 'repository' }
  }
  const registry = registries.find(({ id }) => id === form.registry)
  if (!registry) return { ok: false, problem: 'no-registry', field: 'registry' }
  return finish(`${registry.address}/${repository}:${tag}`, 'repository')
}

/** The form to begin with, made from a name that the image has already (or none). */
export function initialForm(name: string | undefined, registries: readonly Registry[]): PushForm {
  const parsed = name === undefined ? null : parseReference(name)
  const reference = parsed?.ok ? parsed.reference : null
  const own = privateRegistries(registries)
  const saved = own.find(({ address }) => address === reference?.domain)
  const repository = reference?.path.replace(/^library\/(?=[^/]+$)/, '') ?? ''
  const slash = repository.indexOf('/')
  const [namespace, rest] =
    slash === -1 ? ['', repository] : [repository.slice(0, slash), repository.slice(slash + 1)]
  const acr = { ...NEW_ACR_FORM, namespace, repository: rest }
  const domain = reference?.domain ?? DEFAULT_DOMAIN
  const inAcr = isAcr(registryKind(domain))
  const kind = inAcr ? 'acr' : saved || domain === DEFAULT_DOMAIN ? 'registry' : 'full'
  return {
    kind,
    registry: (saved ?? own[0])?.id ?? null,
    repository,
    tag: reference?.tag ?? '',
    acr: withAddress(acr, domain) ?? acr,
    fullName: name ?? '',
  }
}

function checkAcr(form: PushForm): CheckedTarget {
  const { namespace, repository } = form.acr
  const host = acrAddress(form.acr)
  if (!host.ok) return host
  const problem = namespaceProblem(namespace)
  if (problem !== null) return { ok: false, problem, field: 'namespace' }
  return (
    checkParts(repository, form.tag) ??
    finish(`${host.address}/${namespace}/${repository}:${tagOf(form)}`, 'repository')
  )
}

/** The tag has its own field: parts that look like one would move the border between the two. */
function checkParts(repository: string, tag: string): CheckedTarget | null {
  if (repository === '') return { ok: false, problem: 'empty', field: 'repository' }
  if (/[:@]/.test(repository)) return { ok: false, problem: 'path', field: 'repository' }
  return /[:@/]/.test(tag) ? { ok: false, problem: 'tag', field: 'tag' } : null
}

const tagOf = ({ tag }: PushForm): string => (tag === '' ? 'latest' : tag)

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
