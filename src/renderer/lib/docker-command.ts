/**
 * The docker command beside every action. Pure: `cliArgs` are the engine's (`['-H', address]` where
 * the plain command would reach another engine). Every word is quoted for a POSIX shell.
 *
 * `match` says how far the command is the same thing; the command bar tells the difference.
 */
import { DEFAULT_DOMAIN } from '@shared/reference'
import { quoteWord, quoteWords } from './shell-words'

export interface DockerCommand {
  /** Commands to run one after the other; empty when docker has none. */
  lines: string[]
  match: 'same' | 'nearest' | 'none'
}

export interface CommitOptions {
  container: string
  reference: string
  author: string
  message: string
  pause: boolean
}

export interface BuildOptions {
  /** Of the folder or the archive; '' while none is chosen. */
  context: string
  /** Whether the context is an archive: docker reads that from its input. */
  archive: boolean
  dockerfile: string
  reference: string
  args: readonly { name: string; value: string }[]
  target: string
  noCache: boolean
  /** Whether docker must be told not to take BuildKit, which the bundled engine has not. */
  classic: boolean
}

/** Builders of commands for one engine: `dockerCommands(engine.cliArgs).pull('busybox')`. */
export function dockerCommands(cliArgs: readonly string[]) {
  const line = (...words: string[]) => quoteWords(['docker', ...cliArgs, ...words])
  const same = (...lines: string[]): DockerCommand => ({ lines, match: 'same' })
  const nearest = (...lines: string[]): DockerCommand => ({ lines, match: 'nearest' })
  const option = (name: string, value: string) => (value === '' ? [] : [name, value])

  return {
    /** No docker command does this, not even nearly (browsing a registry, settings). */
    none: (): DockerCommand => ({ lines: [], match: 'none' }),

    version: () => same(line('version')),
    images: () => same(line('images')),
    imageInspect: (image: string) => same(line('image', 'inspect', image)),
    history: (image: string) => same(line('history', '--no-trunc', image)),
    /** The files of a layer or of a whole image: docker cannot list them. */
    imageFiles: (image: string) => nearest(line('history', '--no-trunc', image)),
    imageUsers: (image: string) => same(line('ps', '-a', '--filter', `ancestor=${image}`)),
    tag: (image: string, reference: string) => same(line('tag', image, reference)),
    removeImages: (references: readonly string[], force: boolean) =>
      same(line('rmi', ...(force ? ['-f'] : []), ...references)),
    pull: (reference: string) => same(line('pull', reference)),
    /** `image` is given when it does not have the name yet. */
    push: (reference: string, image: string | null = null) =>
      same(...(image === null ? [] : [line('tag', image, reference)]), line('push', reference)),
    /** Lamina pushes by itself: the daemon's own push goes another way to the same end. */
    directPush: (reference: string, image: string | null = null) =>
      nearest(...(image === null ? [] : [line('tag', image, reference)]), line('push', reference)),
    save: (references: readonly string[], file: string) =>
      same(line('save', '-o', file, ...references)),
    load: (file: string) => same(line('load', '-i', file)),
    build: (options: BuildOptions) => {
      const { context, archive, dockerfile, reference } = options
      const words = [
        'build',
        ...option('-t', reference),
        // From an input docker takes the path in the archive, else that of a file here.
        ...(dockerfile === 'Dockerfile' || dockerfile === ''
          ? []
          : ['-f', archive ? dockerfile : `${context}/${dockerfile}`]),
        ...options.args.flatMap(({ name, value }) => ['--build-arg', `${name}=${value}`]),
        ...option('--target', options.target),
        ...(options.noCache ? ['--no-cache'] : []),
      ]
      const command = archive
        ? `${line(...words, '-')} < ${quoteWord(context)}`
        : line(...words, context || '.')
      return same(options.classic ? `DOCKER_BUILDKIT=0 ${command}` : command)
    },
    /** One command a kind, in the order in which things go. */
    cleanUp: (
      containers: readonly string[],
      images: readonly string[],
      volumes: readonly string[],
    ) =>
      same(
        ...(containers.length > 0 ? [line('rm', ...containers)] : []),
        ...(images.length > 0 ? [line('rmi', ...images)] : []),
        ...(volumes.length > 0 ? [line('volume', 'rm', ...volumes)] : []),
      ),
    importRootfs: (file: string, reference: string, message: string) =>
      same(line('import', ...option('-m', message), file, reference)),

    containers: () => same(line('ps', '-a')),
    containerInspect: (container: string) => same(line('inspect', container)),
    /** The whole list of mounts as JSON. */
    mounts: (container: string) => same(line('inspect', '--format', '{{json .Mounts}}', container)),
    /** The same paths; docker prints no sizes. */
    changes: (container: string) => same(line('diff', container)),
    create: (image: string, name: string, command: readonly string[]) =>
      same(line('create', ...option('--name', name), image, ...command)),
    start: (container: string) => same(line('start', container)),
    stop: (container: string) => same(line('stop', container)),
    removeContainer: (container: string, options: { force: boolean; volumes: boolean }) =>
      same(
        line('rm', ...(options.force ? ['-f'] : []), ...(options.volumes ? ['-v'] : []), container),
      ),
    commit: ({ container, reference, author, message, pause }: CommitOptions) =>
      same(
        line(
          'commit',
          ...option('-m', message),
          ...option('-a', author),
          ...(pause ? [] : ['--pause=false']),
          container,
          ...(reference === '' ? [] : [reference]),
        ),
      ),
    /** `docker cp` takes one source a time. */
    copyInto: (container: string, folder: string, files: readonly string[]) =>
      same(...files.map((file) => line('cp', file, `${container}:${folder}`))),

    volumes: () => same(line('volume', 'ls')),
    volumeInspect: (volume: string) => same(line('volume', 'inspect', volume)),

    systemDf: () => same(line('system', 'df')),

    /** What the daemon knows of registries: insecure ones and mirrors. */
    registrySettings: () => nearest(line('info', '--format', '{{json .RegistryConfig}}')),
    /** What an administrator types where docker has no command: an editor, systemctl. */
    byHand: (lines: string[]): DockerCommand => ({ lines, match: 'nearest' }),

    /**
     * The password is asked for, so that it stays out of the shell's history. Docker Hub is where
     * docker signs in without an address.
     */
    login: (address: string, username: string | null) =>
      same(
        line(
          'login',
          ...option('-u', username ?? ''),
          ...(address === DEFAULT_DOMAIN ? [] : [address]),
        ),
      ),
    /** Tries an address and a user: signing in is the nearest that docker has. */
    registryTest: (address: string, username: string | null) =>
      nearest(line('login', ...option('-u', username ?? ''), address)),
    /** Repositories and tags: docker has no command; these are the registry's own addresses. */
    catalog: (protocol: 'http' | 'https', address: string): DockerCommand => ({
      lines: [`curl ${quoteWord(`${protocol}://${address}/v2/_catalog`)}`],
      match: 'nearest',
    }),
    tags: (protocol: 'http' | 'https', address: string, repository: string): DockerCommand => ({
      lines: [`curl ${quoteWord(`${protocol}://${address}/v2/${repository}/tags/list`)}`],
      match: 'nearest',
    }),
  }
}

/** The lines as one that can be pasted: each runs when the one before it succeeded. */
export function joinLines(command: DockerCommand): string {
  return command.lines.join(' && ')
}
