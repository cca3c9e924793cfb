import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import { readTar, sha256, type ReadEntry } from './tar'

const manifestFile = z.array(
  z.looseObject({
    Config: z.string(),
    RepoTags: z.array(z.string()).nullish(),
    Layers: z.array(z.string()).nullish(),
  }),
)

/**
 * What is in a docker-save archive, whatever its layout: per image its names, the digest of its
 * config and the digests of its (uncompressed) layers.
 */
export async function describeSave(archive: Buffer): Promise<unknown> {
  const entries = await readTar(archive)
  const files = new Map(entries.map((entry) => [entry.header.name.replace(/^\.\//, ''), entry]))
  const content = (name: string): Buffer => {
    const entry = files.get(name)
    if (!entry) throw new Error(`the archive has no ${name}`)
    const link = entry.header.linkname
    if (entry.header.type !== 'symlink' || !link) return entry.content
    return content(new URL(link, `file:///${name}`).pathname.slice(1))
  }
  const manifest = manifestFile.parse(JSON.parse(content('manifest.json').toString('utf8')))
  const described = manifest.map((image) => ({
    tags: (image.RepoTags ?? []).sort(),
    config: sha256(content(image.Config)),
    layers: (image.Layers ?? []).map((name) => sha256(plain(content(name)))),
  }))
  return described.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

function plain(bytes: Buffer): Buffer {
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes
}

/**
 * The files of a tar as `docker export` and `docker cp -` write it, sorted by name. Which of several
 * hard links carries the content is chance, so each of them is shown with it.
 * @param withNames also what the owners are called: of a layer that is as on dockerd's machine
 */
export async function describeTar(archive: Buffer, { withNames = false } = {}): Promise<string[]> {
  const entries = await readTar(archive)
  const byName = new Map(entries.map((entry) => [bare(entry.header.name), entry]))
  const groups = new Map<string, string[]>()
  for (const { header } of entries) {
    if (header.type !== 'link') continue
    const first = bare(header.linkname ?? '')
    groups.set(first, [...(groups.get(first) ?? [first]), bare(header.name)])
  }
  const line = (entry: ReadEntry, links: string[] | undefined): string =>
    describeEntry(entry, links, withNames)
  return entries
    .map((entry) => {
      if (entry.header.type !== 'link') return line(entry, groups.get(bare(entry.header.name)))
      const target = bare(entry.header.linkname ?? '')
      const source = byName.get(target)
      if (!source) return `${line(entry, undefined)} (a link to nothing)`
      const header = { ...source.header, name: entry.header.name }
      return line({ header, content: source.content }, groups.get(target))
    })
    .sort()
}

function bare(name: string): string {
  return name.replace(/^\.?\//, '')
}

function describeEntry(
  { header, content }: ReadEntry,
  links: string[] | undefined,
  withNames: boolean,
): string {
  const { type, name, mode = 0, uid, gid, uname, gname, linkname, mtime } = header
  return [
    name,
    type,
    (mode & 0o7777).toString(8),
    `${uid}:${gid}`,
    ...(withNames ? [`(${uname}:${gname})`] : []),
    ...(type === 'symlink' ? [`-> ${linkname}`] : []),
    ...(type === 'file' ? [content.length, sha256(content).slice(0, 10)] : []),
    // The time of a folder changes with what is put into it, and that is another file system's.
    ...(type === 'file' && mtime ? [mtime.toISOString()] : []),
    ...(links ? [`linked: ${[...links].sort().join(' ')}`] : []),
  ].join(' ')
}
