/** The application itself: what it is, and pages that it may open. */
import type { Handlers } from '@shared/contract'
import { LaminaError } from '@shared/errors'
import type { Platform } from './platform'

/** Sites of documentation and of registries' consoles; nothing else is opened. */
const SITES = [
  'docs.docker.com',
  'hub.docker.com',
  'app.docker.com',
  'login.docker.com',
  'github.com',
  'distribution.github.io',
  'goharbor.io',
  'opencontainers.org',
  'podman.io',
  'cr.console.aliyun.com',
  'help.aliyun.com',
  'www.aliyun.com',
  'www.alibabacloud.com',
]

export function applicationHandlers(
  platform: Platform,
  home: string,
): Pick<Handlers, 'app.info' | 'app.openExternal'> {
  return {
    'app.info': async () => ({
      version: platform.version,
      mode: platform.mode,
      electron: platform.electron,
      node: process.versions.node,
      platform: `${process.platform} ${process.arch}`,
      home,
      locale: platform.locale,
    }),
    'app.openExternal': async ({ url }) => {
      const target = new URL(url)
      if (target.protocol !== 'https:' || !SITES.includes(target.hostname) || target.port !== '') {
        throw new LaminaError('invalid_input', { field: 'url', reason: 'not on the list' })
      }
      if (platform.openExternal === null) {
        throw new LaminaError('unknown_call', { name: 'app.openExternal' })
      }
      await platform.openExternal(target.href)
    },
  }
}
