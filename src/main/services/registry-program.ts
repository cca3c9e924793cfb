/** The root file system of a registry image, of the docker-registry program that this machine has. */
import { execFile } from 'node:child_process'
import { access, constants, readFile, realpath } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { pack } from 'tar-stream'

const NAME = 'docker-registry'

/** As in the registry image of Docker Hub. */
const CONFIG = `version: 0.1
log: {fields: {service: registry}}
storage:
  cache: {blobdescriptor: inmemory}
  filesystem: {rootdirectory: /var/lib/registry}
http:
  addr: :5000
  headers: {X-Content-Type-Options: [nosniff]}
`

/** Its path; null where it is not installed. Linux only: the image is run by a Linux daemon. */
export async function findRegistryProgram(path: string): Promise<string | null> {
  if (process.platform !== 'linux') return null
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const file = join(folder, NAME)
    const there = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (there) return file
  }
  return null
}

/** The program with the libraries that it is linked to, its configuration, and nothing else. */
export async function registryRootfs(program: string): Promise<Readable> {
  const tar = pack()
  for (const folder of [
    'bin',
    'etc',
    'etc/docker',
    'etc/docker/registry',
    'var',
    'var/lib',
    'tmp',
  ]) {
    tar.entry({ name: `${folder}/`, type: 'directory', mode: folder === 'tmp' ? 0o1777 : 0o755 })
  }
  tar.entry({ name: 'etc/docker/registry/config.yml', mode: 0o644 }, CONFIG)
  for (const library of await librariesOf(program)) {
    const bytes = await readFile(await realpath(library))
    tar.entry({ name: library.replace(/^\/+/, ''), mode: 0o755 }, bytes)
  }
  tar.entry({ name: 'bin/registry', mode: 0o755 }, await readFile(await realpath(program)))
  tar.finalize()
  return Readable.from(tar)
}

/** As the loader names them; none for a static program. */
async function librariesOf(program: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ldd', [program]).catch(() => ({ stdout: '' }))
  const found = [...stdout.matchAll(/(?:=>\s*)?(\/\S+)\s+\(0x[0-9a-f]+\)/g)]
  return [...new Set(found.map(([, path]) => path as string))]
}
