/** `ARG` and `--build-arg` (moby builder/dockerfile/buildargs.go). */

/** May be given without an ARG, and need not be used. */
const BUILT_IN = new Set(
  ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY'].flatMap((name) => [
    name,
    name.toLowerCase(),
  ]),
)

type Defaults = ReadonlyMap<string, string | null>

export class BuildArgs {
  readonly #given: Defaults
  /** Before the first FROM: they hold for FROM alone, and as defaults of an ARG without one. */
  readonly #meta = new Map<string, string | null>()
  #stage = new Map<string, string | null>()
  readonly #referenced = new Set<string>()

  /** @param given `--build-arg`; null: named without a value, and not set in the client's environment */
  constructor(given: Defaults) {
    this.#given = given
  }

  /** @param value the default that stands in the Dockerfile */
  addMeta(name: string, value: string | null): void {
    this.#meta.set(name, value)
    this.#referenced.add(name)
  }

  /** @param value the default that stands in the Dockerfile */
  add(name: string, value: string | null): void {
    this.#stage.set(name, value)
    this.#referenced.add(name)
  }

  /** A new stage knows nothing of the ARGs of the one before. */
  reset(): void {
    this.#stage = new Map()
  }

  /** The value of an argument before the first FROM. */
  meta(name: string): string | undefined {
    return this.#value(name, this.#meta)
  }

  /** The value of an argument of this stage. */
  value(name: string): string | undefined {
    return this.#value(name, this.#stage)
  }

  /** Those that were given and that nothing asked for, sorted. */
  unused(): string[] {
    return [...this.#given.keys()]
      .filter((name) => !this.#referenced.has(name) && !BUILT_IN.has(name))
      .sort()
  }

  #value(name: string, known: Defaults): string | undefined {
    if (!known.has(name) && !BUILT_IN.has(name)) return undefined
    return this.#given.get(name) ?? known.get(name) ?? this.#meta.get(name) ?? undefined
  }
}
