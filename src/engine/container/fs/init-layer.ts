/**
 * What dockerd puts between an image and a container's own layer, so that a runtime has something to
 * mount over (moby daemon/initlayer): it shows in exports and copies, and never as a change.
 */
import { moment } from './entries'
import { makeEntry } from '../../layer/make-entry'
import { Overlay } from './overlay'
import { join, parts, type Tree } from './tree'

const DIRECTORIES = ['dev/pts', 'dev/shm', 'proc', 'sys']
const FILES = ['.dockerenv', 'dev/console', 'etc/hostname', 'etc/hosts', 'etc/resolv.conf']
const LINKS = { 'etc/mtab': '/proc/mounts' }

/** @param created milliseconds since 1970: the time of what it adds */
export function withInitLayer(image: Tree, created: number): Overlay {
  const overlay = new Overlay(image)
  const at = moment(created)
  const makeDirectories = (path: string) => {
    let walked = ''
    for (const part of parts(path)) {
      walked = join(walked, part)
      if (overlay.lookup(walked)?.entry.type === 'directory') continue
      const entry = makeEntry({ path: walked, type: 'directory', mode: 0o755, ...at })
      overlay.put(walked, { entry, content: null }, at)
    }
  }
  const put = (path: string, entry: Parameters<typeof makeEntry>[0]) => {
    makeDirectories(path.split('/').slice(0, -1).join('/'))
    overlay.put(path, { entry: makeEntry({ ...entry, ...at }), content: null }, at)
  }
  for (const path of DIRECTORIES) makeDirectories(path)
  for (const path of FILES) put(path, { path, type: 'file', mode: 0o755 })
  for (const [path, linkname] of Object.entries(LINKS)) {
    put(path, { path, type: 'symlink', mode: 0o777, linkname })
  }
  return overlay
}
