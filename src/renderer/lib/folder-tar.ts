import { contextRules } from '@shared/dockerignore'
import { ApiError } from '@/api-error'
import { tarBlob } from './tar-blob'

/**
 * A folder that was chosen in a browser, as a build context: its name, and a tar of what its
 * `.dockerignore` leaves in. Rejects with `invalid_input` when that cannot be read.
 */
export async function folderTar(
  files: readonly File[],
  dockerfile: string,
): Promise<{ name: string; tar: Blob }> {
  const named = files.map((file) => {
    const [name = '', ...path] = file.webkitRelativePath.split('/')
    return { folder: name, path: path.join('/'), file }
  })
  const ignore = named.find(({ path }) => path === '.dockerignore')
  const rules = ignore ? contextRules(await ignore.file.text(), dockerfile) : null
  if (ignore && !rules) {
    const params = { field: '.dockerignore', reason: 'a pattern in it cannot be read' }
    throw new ApiError({ code: 'invalid_input', params, cause: null })
  }
  const sent = named
    .filter(({ path }) => !rules?.ignores(path))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
  const tar = tarBlob(
    sent.map(({ path, file }) => ({ name: path, content: file, modifiedAt: file.lastModified })),
  )
  return { name: named[0]?.folder ?? '', tar }
}
