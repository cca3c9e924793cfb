/**
 * `--link`: kept as dockerd shows them, `/CHILD:/PARENT/ALIAS`, which are also further names of the
 * child (moby daemon/links.go, daemon_unix.go registerLinks). Only default networks have them.
 */
import { LaminaError } from '@shared/errors'
import { type HostConfig, sharedWith } from './host-config'
import type { ContainerRecord } from './record'
import { invalid } from './wording'

/** Whether the mode names a network that somebody made: such a network resolves names by itself. */
function isUserDefined(mode: string): boolean {
  return !/^(?:|default|bridge|host|none|container:.*)$/.test(mode)
}

/**
 * The links that a client asked for, `NAME[:ALIAS]`, of a container that will be called `parent`.
 * @param get finds a container by name or id
 * @throws LaminaError invalid_input with dockerd's sentence
 */
export function registerLinks(
  { Links, NetworkMode = '' }: HostConfig,
  parent: string,
  get: (name: string) => ContainerRecord,
): string[] | null {
  const asked = Array.isArray(Links) ? Links.map(String) : []
  if (asked.length === 0 || isUserDefined(NetworkMode)) return null
  const links = asked.map((link) => {
    const { name, alias } = parseLink(link)
    const child = linked(name, get)
    return `/${child.name}:/${parent}/${alias}`
  })
  return [...new Set(links)]
}

/** `a`, `a:b`, and `/a:/parent/b` as inspect shows it. */
function parseLink(link: string): { name: string; alias: string } {
  if (link === '') throw invalid('Links', 'empty string specified for links')
  const [name = '', alias = name, ...more] = link.split(':')
  if (more.length > 0) throw invalid('Links', `bad format for links: ${link}`)
  return { name, alias: name.startsWith('/') ? alias.slice(alias.lastIndexOf('/') + 1) : alias }
}

/** Whom a link leads to: a container in another one's network stands for that one. */
function linked(name: string, get: (name: string) => ContainerRecord): ContainerRecord {
  let child = find(name, 'could not get container', get)
  for (;;) {
    const { NetworkMode: mode = '' } = child.hostConfig
    if (mode === 'host') {
      const text =
        "host type networking can't be used with links. This would result in undefined behavior"
      throw invalid('Links', `conflicting options: ${text}`)
    }
    const shared = sharedWith(mode)
    if (shared === null) return child
    child = find(shared, 'Could not get container', get)
  }
}

function find(
  name: string,
  failed: string,
  get: (name: string) => ContainerRecord,
): ContainerRecord {
  try {
    return get(name)
  } catch (error) {
    if (!(error instanceof LaminaError)) throw error
    throw invalid('Links', `${failed} for ${name}: ${error.params.docker ?? error.message}`)
  }
}

export function linksOf({ hostConfig }: ContainerRecord): string[] {
  return Array.isArray(hostConfig.Links) ? hostConfig.Links.map(String) : []
}

/** Further names of containers, `parent/alias`, by the name of the container that has them. */
export function linkNames(records: readonly ContainerRecord[]): Map<string, string[]> {
  const names = new Map<string, string[]>()
  for (const link of records.flatMap(linksOf)) {
    const [child = '', name = ''] = link.split(':').map((part) => part.slice(1))
    names.set(child, [...(names.get(child) ?? []), name])
  }
  return names
}

/** A record's links once a container, it or another, has got another name. */
export function renamedLinks(record: ContainerRecord, from: string, to: string): string[] {
  return linksOf(record).map((link) => {
    const [child = '', name = ''] = link.split(':')
    const alias = name.slice(name.lastIndexOf('/') + 1)
    const parent = record.name === from ? to : record.name
    return `${child === `/${from}` ? `/${to}` : child}:/${parent}/${alias}`
  })
}
