/**
 * Aliyun Container Registry (ACR): its regions and what its host names tell. Plain words, nothing is
 * asked of the network. Source: Aliyun's documents and the addresses that its console shows.
 */

export interface AcrRegion {
  /** As it stands in the host name: `cn-hangzhou`. */
  code: string
  zh: string
  en: string
}

export const ACR_REGIONS: readonly AcrRegion[] = [
  { code: 'cn-hangzhou', zh: '华东1（杭州）', en: 'China (Hangzhou)' },
  { code: 'cn-shanghai', zh: '华东2（上海）', en: 'China (Shanghai)' },
  { code: 'cn-nanjing', zh: '华东5（南京）', en: 'China (Nanjing)' },
  { code: 'cn-fuzhou', zh: '华东6（福州）', en: 'China (Fuzhou)' },
  { code: 'cn-wuhan-lr', zh: '华中1（武汉）', en: 'China (Wuhan)' },
  { code: 'cn-qingdao', zh: '华北1（青岛）', en: 'China (Qingdao)' },
  { code: 'cn-beijing', zh: '华北2（北京）', en: 'China (Beijing)' },
  { code: 'cn-zhangjiakou', zh: '华北3（张家口）', en: 'China (Zhangjiakou)' },
  { code: 'cn-huhehaote', zh: '华北5（呼和浩特）', en: 'China (Hohhot)' },
  { code: 'cn-wulanchabu', zh: '华北6（乌兰察布）', en: 'China (Ulanqab)' },
  { code: 'cn-shenzhen', zh: '华南1（深圳）', en: 'China (Shenzhen)' },
  { code: 'cn-heyuan', zh: '华南2（河源）', en: 'China (Heyuan)' },
  { code: 'cn-guangzhou', zh: '华南3（广州）', en: 'China (Guangzhou)' },
  { code: 'cn-chengdu', zh: '西南1（成都）', en: 'China (Chengdu)' },
  { code: 'cn-hongkong', zh: '中国香港', en: 'China (Hong Kong)' },
  { code: 'ap-southeast-1', zh: '新加坡', en: 'Singapore' },
  { code: 'ap-southeast-2', zh: '悉尼（已关停）', en: 'Australia (Sydney, closed)' },
  { code: 'ap-southeast-3', zh: '马来西亚（吉隆坡）', en: 'Malaysia (Kuala Lumpur)' },
  { code: 'ap-southeast-5', zh: '印度尼西亚（雅加达）', en: 'Indonesia (Jakarta)' },
  { code: 'ap-southeast-6', zh: '菲律宾（马尼拉）', en: 'Philippines (Manila)' },
  { code: 'ap-southeast-7', zh: '泰国（曼谷）', en: 'Thailand (Bangkok)' },
  { code: 'ap-south-1', zh: '印度（孟买）', en: 'India (Mumbai)' },
  { code: 'ap-northeast-1', zh: '日本（东京）', en: 'Japan (Tokyo)' },
  { code: 'ap-northeast-2', zh: '韩国（首尔）', en: 'South Korea (Seoul)' },
  { code: 'us-west-1', zh: '美国（硅谷）', en: 'US (Silicon Valley)' },
  { code: 'us-east-1', zh: '美国（弗吉尼亚）', en: 'US (Virginia)' },
  { code: 'eu-central-1', zh: '德国（法兰克福）', en: 'Germany (Frankfurt)' },
  { code: 'eu-west-1', zh: '英国（伦敦）', en: 'UK (London)' },
  { code: 'me-east-1', zh: '阿联酋（迪拜）', en: 'UAE (Dubai)' },
  { code: 'me-central-1', zh: '沙特（利雅得）', en: 'Saudi Arabia (Riyadh)' },
]

/** `internal` is the classic network: an address of the old form only. */
export type AcrNetwork = 'public' | 'vpc' | 'internal'

/** What an address of ACR tells. */
export type AcrAddress =
  | {
      edition: 'personal'
      /** One address for everybody in the region: `registry.cn-hangzhou.aliyuncs.com`. */
      form: 'shared'
      /** The international site has addresses of its own (`registry-intl…`). */
      site: 'china' | 'international'
      region: string
      network: AcrNetwork
    }
  | {
      edition: 'personal'
      /** An address of one's own: `crpi-….cn-hangzhou.personal.cr.aliyuncs.com`. */
      form: 'instance'
      /** `crpi-` and 16 characters. */
      instance: string
      region: string
      network: 'public' | 'vpc'
    }
  | {
      edition: 'enterprise'
      form: 'instance'
      /** The instance's name, before `-registry`. */
      instance: string
      region: string
      network: 'public' | 'vpc'
    }

const SHARED = /^registry(-intl)?(-vpc|-internal)?\.([a-z0-9-]+)\.aliyuncs\.com$/
const OWN = /^(crpi-[a-z0-9]+)(-vpc)?\.([a-z0-9-]+)\.personal\.cr\.aliyuncs\.com$/
const ENTERPRISE =
  /^([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)-registry(-vpc)?\.([a-z0-9-]+)\.cr\.aliyuncs\.com$/

/** The host of an address as people write it (`https://HOST:PORT/v1/`), without its port, lowercase. */
export function hostOf(address: string): string {
  return address
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '')
    .replace(/:\d+$/, '')
}

/** What the address tells, null when it is none of ACR's own hosts (an own domain is not seen). */
export function parseAcr(address: string): AcrAddress | null {
  const host = hostOf(address)
  const shared = SHARED.exec(host)
  if (shared !== null) {
    const [, intl, network, region = ''] = shared
    const site = intl === undefined ? 'china' : 'international'
    return { edition: 'personal', form: 'shared', site, region, network: networkOf(network) }
  }
  const own = OWN.exec(host)
  if (own !== null) {
    const [, instance = '', vpc, region = ''] = own
    const network = vpc === undefined ? 'public' : 'vpc'
    return { edition: 'personal', form: 'instance', instance, region, network }
  }
  const enterprise = ENTERPRISE.exec(host)
  if (enterprise !== null) {
    const [, instance = '', vpc, region = ''] = enterprise
    const network = vpc === undefined ? 'public' : 'vpc'
    return { edition: 'enterprise', form: 'instance', instance, region, network }
  }
  return null
}

/** The host name of an ACR address. */
export function acrHost(of: AcrAddress): string {
  const network = of.network === 'public' ? '' : `-${of.network}`
  if (of.form === 'shared') {
    const intl = of.site === 'international' ? '-intl' : ''
    return `registry${intl}${network}.${of.region}.aliyuncs.com`
  }
  if (of.edition === 'personal') {
    return `${of.instance}${network}.${of.region}.personal.cr.aliyuncs.com`
  }
  return `${of.instance}-registry${network}.${of.region}.cr.aliyuncs.com`
}

function networkOf(part: string | undefined): AcrNetwork {
  if (part === '-vpc') return 'vpc'
  return part === '-internal' ? 'internal' : 'public'
}
