/**
 * The commands beside what is done with images in registries: docker's where it has one, else those of
 * skopeo, which is made for that.
 */
import type { Registry } from '@shared/models'
import type { DockerCommand } from './docker-command'
import { quoteWord, quoteWords } from './shell-words'

type Protocol = Registry['protocol']

/** A repository and how its registry is reached. */
export interface Place {
  protocol: Protocol
  /** `registry.example.com/team/app` */
  name: string
}

const nearest = (line: string): DockerCommand => ({ lines: [line], match: 'nearest' })

/** The document under a tag. docker has this since 18.02 and asks the registry itself. */
export function manifestCommand(protocol: Protocol, reference: string): DockerCommand {
  const insecure = protocol === 'http' ? ['--insecure'] : []
  return {
    lines: [quoteWords(['docker', 'manifest', 'inspect', ...insecure, reference])],
    match: 'same',
  }
}

/** Layers, or the config with its history, of an image that is not pulled. */
export function remoteImageCommand(
  protocol: Protocol,
  reference: string,
  config: boolean,
): DockerCommand {
  const what = config ? ['--config'] : []
  return nearest(
    quoteWords(['skopeo', 'inspect', ...what, ...tlsOff('', protocol), `docker://${reference}`]),
  )
}

/** skopeo deletes an image with every tag of it; one tag `alone` is beyond it. */
export function deleteTagCommand(
  protocol: Protocol,
  reference: string,
  alone: boolean,
): DockerCommand {
  if (alone) return { lines: [], match: 'none' }
  return nearest(quoteWords(['skopeo', 'delete', ...tlsOff('', protocol), `docker://${reference}`]))
}

/** `tags` null: all of them; `platform` may be `all`. */
export function copyTagsCommand(
  from: Place,
  to: Place,
  tags: readonly string[] | null,
  platform: string,
): DockerCommand {
  const words = [
    ...['skopeo', ...(platform === 'all' ? ['copy', '--all'] : [...override(platform), 'copy'])],
    ...[...tlsOff('src-', from.protocol), ...tlsOff('dest-', to.protocol)],
  ]
  const [source, target] = [`docker://${from.name}`, `docker://${to.name}`]
  if (tags?.length === 1) {
    return nearest(quoteWords([...words, `${source}:${tags[0]}`, `${target}:${tags[0]}`]))
  }
  const list = quoteWords(['skopeo', 'list-tags', ...tlsOff('', from.protocol), source])
  const names = tags ? quoteWords(tags) : `$(${list} | jq -r '.Tags[]')`
  const ends = `${quoteWord(source)}:$tag ${quoteWord(target)}:$tag`
  return nearest(`for tag in ${names}; do ${quoteWords(words)} ${ends}; done`)
}

function override(platform: string): string[] {
  const [os = '', arch = '', variant] = platform.split('/')
  const more = variant === undefined ? [] : ['--override-variant', variant]
  return ['--override-os', os, '--override-arch', arch, ...more]
}

function tlsOff(side: 'src-' | 'dest-' | '', protocol: Protocol): string[] {
  return protocol === 'http' ? [`--${side}tls-verify=false`] : []
}
