/** Where in Aliyun's registry (ACR) a push goes, as the form has it. */
import { acrHost, ACR_REGIONS, parseAcr, type AcrNetwork, type AcrRegion } from '@shared/acr'
import { addressProblem } from '@/features/registries/registry-address'

export interface AcrForm {
  edition: 'personal' | 'enterprise'
  /**
   * How it is addressed: by the region's one address (`shared`, Personal only), by the instance's own,
   * or by a domain of one's own (Enterprise only).
   */
  host: 'shared' | 'instance' | 'domain'
  site: 'china' | 'international'
  region: string
  network: AcrNetwork
  /** `crpi-…` of the Personal Edition, an Enterprise instance's name. */
  instance: string
  domain: string
  namespace: string
  repository: string
}

export const NEW_ACR_FORM: AcrForm = {
  edition: 'personal',
  host: 'instance',
  site: 'china',
  region: 'cn-hangzhou',
  network: 'public',
  instance: '',
  domain: '',
  namespace: '',
  repository: '',
}

export type AcrProblem = 'acr-region' | 'acr-instance' | 'acr-domain' | 'acr-namespace'
export type AcrField = 'region' | 'instance' | 'domain' | 'namespace'

const PERSONAL_INSTANCE = /^crpi-[a-z0-9]+$/
const ENTERPRISE_INSTANCE = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/
const REGION = /^[a-z]{2}-[a-z0-9-]*[a-z0-9]$/

/** A region by its code, or by its name in either language. */
export function findRegion(text: string): AcrRegion | null {
  const wanted = text.trim().toLowerCase()
  return (
    ACR_REGIONS.find(({ code, zh, en }) => [code, zh, en.toLowerCase()].includes(wanted)) ?? null
  )
}

/** The form with what an address tells, where it is one of ACR's (people paste the console's). */
export function withAddress(form: AcrForm, address: string): AcrForm | null {
  const read = parseAcr(address)
  if (read === null) return null
  const { edition, form: host, region, network } = read
  return {
    ...form,
    ...{ edition, host, region, network },
    site: read.form === 'shared' ? read.site : form.site,
    instance: read.form === 'instance' ? read.instance : form.instance,
  }
}

/** The form for another edition, with an address that it has. */
export function withEdition(form: AcrForm, edition: AcrForm['edition']): AcrForm {
  return withHost({ ...form, edition, instance: '' }, 'instance')
}

/** The form for another kind of address, on a network that it has. */
export function withHost(form: AcrForm, host: AcrForm['host']): AcrForm {
  const network = form.network === 'internal' && host !== 'shared' ? 'vpc' : form.network
  return { ...form, host, network }
}

/** The networks that an address is there for; a domain of one's own leads where it leads. */
export function networksOf({ host, site }: AcrForm): AcrNetwork[] {
  if (host === 'domain') return []
  return host === 'shared' && site === 'china' ? ['public', 'vpc', 'internal'] : ['public', 'vpc']
}

/** The host of the address, or the field that is in the way. `empty`: it is not filled in yet. */
export function acrAddress(
  form: AcrForm,
): { ok: true; address: string } | { ok: false; problem: AcrProblem | 'empty'; field: AcrField } {
  const { edition, host, region, site } = form
  if (host === 'domain') {
    const address = form.domain
    if (address === '') return { ok: false, problem: 'empty', field: 'domain' }
    if (addressProblem(address) !== null) {
      return { ok: false, problem: 'acr-domain', field: 'domain' }
    }
    return { ok: true, address }
  }
  if (!REGION.test(region)) {
    return { ok: false, problem: region === '' ? 'empty' : 'acr-region', field: 'region' }
  }
  if (host === 'shared') {
    const { network } = form
    return {
      ok: true,
      address: acrHost({ edition: 'personal', form: 'shared', site, region, network }),
    }
  }
  const { instance } = form
  if (instance === '') return { ok: false, problem: 'empty', field: 'instance' }
  const shape = edition === 'personal' ? PERSONAL_INSTANCE : ENTERPRISE_INSTANCE
  if (!shape.test(instance)) return { ok: false, problem: 'acr-instance', field: 'instance' }
  const network = form.network === 'public' ? 'public' : 'vpc'
  return { ok: true, address: acrHost({ edition, form: 'instance', instance, region, network }) }
}

/** 2 to 120 of lowercase letters, digits and `_-.`, none of these at either end (Aliyun's document). */
export function namespaceProblem(namespace: string): AcrProblem | 'empty' | null {
  if (namespace === '') return 'empty'
  return /^[a-z0-9][a-z0-9_.-]{0,118}[a-z0-9]$/.test(namespace) ? null : 'acr-namespace'
}
