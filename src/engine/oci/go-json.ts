/**
 * JSON as Go's encoder writes it, so that ids agree with Docker's for the same content: struct
 * fields in their order without those that are `omitempty`, maps sorted by key, <, > and & escaped.
 */
import type { RunConfig } from './image-config'

export function goJson(value: object, indent = 0): Buffer {
  const text = JSON.stringify(value, null, indent).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  return Buffer.from(text)
}

/** The same without the fields that are undefined. */
export function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T
}

/** A map with its keys sorted; null stays null. */
export function sortedKeys<T>(value: Record<string, T> | null | undefined) {
  if (!value) return null
  const keys = Object.keys(value).sort()
  return Object.fromEntries(keys.map((key) => [key, value[key] as T]))
}

/** `Config` with its fields as Docker's API 1.41 orders them (moby api/types/container/config.go). */
export function orderConfig(config: RunConfig) {
  return defined({
    Hostname: config.Hostname ?? '',
    Domainname: config.Domainname ?? '',
    User: config.User ?? '',
    AttachStdin: config.AttachStdin ?? false,
    AttachStdout: config.AttachStdout ?? false,
    AttachStderr: config.AttachStderr ?? false,
    ExposedPorts: nonEmpty(sortedKeys(config.ExposedPorts)),
    Tty: config.Tty ?? false,
    OpenStdin: config.OpenStdin ?? false,
    StdinOnce: config.StdinOnce ?? false,
    Env: config.Env ?? null,
    Cmd: config.Cmd ?? null,
    Healthcheck: config.Healthcheck ?? undefined,
    ArgsEscaped: config.ArgsEscaped || undefined,
    Image: config.Image ?? '',
    Volumes: nonEmpty(sortedKeys(config.Volumes)) ?? null,
    WorkingDir: config.WorkingDir ?? '',
    Entrypoint: config.Entrypoint ?? null,
    NetworkDisabled: config.NetworkDisabled || undefined,
    MacAddress: config.MacAddress || undefined,
    OnBuild: config.OnBuild ?? null,
    Labels: sortedKeys(config.Labels),
    StopSignal: config.StopSignal || undefined,
    StopTimeout: config.StopTimeout ?? undefined,
    Shell: config.Shell?.length ? config.Shell : undefined,
  })
}

function nonEmpty<T extends object>(value: T | null): T | undefined {
  return value && Object.keys(value).length > 0 ? value : undefined
}
