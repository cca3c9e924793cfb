import { describe, expect, it } from 'vitest'
import { joinLines } from '@/lib/docker-command'
import {
  copyTagsCommand,
  deleteTagCommand,
  manifestCommand,
  remoteImageCommand,
} from '@/lib/registry-command'

const plain = { protocol: 'http' as const, name: 'r:1/a' }
const secure = { protocol: 'https' as const, name: 'r.io/b' }

describe('commands about images in registries', () => {
  it.each([
    [
      remoteImageCommand('http', 'r:1/a:1', true),
      'skopeo inspect --config --tls-verify=false docker://r:1/a:1',
    ],
    [remoteImageCommand('https', 'r.io/a:1', false), 'skopeo inspect docker://r.io/a:1'],
    [deleteTagCommand('https', 'r.io/a:1', false), 'skopeo delete docker://r.io/a:1'],
    [
      copyTagsCommand(plain, secure, ['1'], 'all'),
      'skopeo copy --all --src-tls-verify=false docker://r:1/a:1 docker://r.io/b:1',
    ],
    [
      copyTagsCommand(secure, plain, ['1', '2'], 'linux/arm/v7'),
      'for tag in 1 2; do skopeo --override-os linux --override-arch arm --override-variant v7 ' +
        'copy --dest-tls-verify=false docker://r.io/b:$tag docker://r:1/a:$tag; done',
    ],
    [
      copyTagsCommand(plain, secure, null, 'all'),
      "for tag in $(skopeo list-tags --tls-verify=false docker://r:1/a | jq -r '.Tags[]'); " +
        'do skopeo copy --all --src-tls-verify=false docker://r:1/a:$tag docker://r.io/b:$tag; done',
    ],
  ])('%# is skopeo’s, the nearest', (command, line) => {
    expect(joinLines(command)).toBe(line)
    expect(command.match).toBe('nearest')
  })

  it('are docker’s own for a manifest, and nobody’s for a tag alone', () => {
    expect(manifestCommand('http', 'r:1/a:1')).toEqual({
      lines: ['docker manifest inspect --insecure r:1/a:1'],
      match: 'same',
    })
    expect(deleteTagCommand('https', 'r.io/a:1', true)).toEqual({ lines: [], match: 'none' })
  })
})
