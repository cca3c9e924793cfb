/** As many images as a list shall have, as one archive of a few files. */
import { createHash } from 'node:crypto'
import { formatHeader } from '../../src/engine/layer/tar-format'
import type { Body } from './client'
import { file, tarOf } from './workloads'

/** Images `bench/image-N` over one layer, told apart by a label, in ten groups. */
export function manyImages(count: number): Body {
  const layer = file('hello.txt', Buffer.from('hello\n'))
  const tar = layerTar(layer)
  const diffId = `sha256:${createHash('sha256').update(tar).digest('hex')}`
  const entries = [file('layer.tar', tar)]
  const items = Array.from({ length: count }, (_, at) => {
    const config = Buffer.from(
      JSON.stringify({
        ...{ architecture: 'amd64', os: 'linux' },
        created: new Date(Date.UTC(2026, 0, 1) + at * 60_000).toISOString(),
        config: { Cmd: ['true'], Labels: { group: `${at % 10}`, number: `${at}` } },
        history: [{ created_by: 'bench' }],
        rootfs: { type: 'layers', diff_ids: [diffId] },
      }),
    )
    const Config = `${createHash('sha256').update(config).digest('hex')}.json`
    entries.push(file(Config, config))
    return { Config, RepoTags: [`bench/image-${at}:latest`], Layers: ['layer.tar'] }
  })
  return tarOf([...entries, file('manifest.json', Buffer.from(JSON.stringify(items)))])
}

/** A tar of one file. */
function layerTar({ entry, content }: ReturnType<typeof file>): Buffer {
  const padding = Buffer.alloc(512 - (entry.size % 512) + 1024)
  return Buffer.concat([formatHeader(entry), content as Buffer, padding])
}
