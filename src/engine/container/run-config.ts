/**
 * A container's `Config`: what the client sent over what the image says (moby daemon/commit.go
 * `merge`), checked as dockerd checks it.
 */
import { LaminaError } from '@shared/errors'
import { runConfigSchema, type RunConfig } from '../oci/image-config'

export { runConfigSchema, type RunConfig }

/** The image's settings under the client's. Lists of the client replace, maps are joined. */
export function mergeConfig(user: RunConfig, image: RunConfig): RunConfig {
  const merged: RunConfig = { ...user }
  merged.User = user.User || image.User
  merged.ExposedPorts = { ...image.ExposedPorts, ...user.ExposedPorts }
  merged.Env = mergeEnv(user.Env ?? [], image.Env ?? [])
  merged.Labels = { ...image.Labels, ...user.Labels }
  merged.WorkingDir = user.WorkingDir || image.WorkingDir
  merged.Volumes = { ...image.Volumes, ...user.Volumes }
  merged.StopSignal = user.StopSignal || image.StopSignal
  if (!user.Entrypoint?.length) {
    if (!user.Cmd?.length) {
      merged.Cmd = image.Cmd
      merged.ArgsEscaped = image.ArgsEscaped
    }
    if (!user.Entrypoint) merged.Entrypoint = image.Entrypoint
  }
  if (merged.Entrypoint?.length === 1 && merged.Entrypoint[0] === '') merged.Entrypoint = null
  merged.Healthcheck = mergeHealthcheck(user.Healthcheck, image.Healthcheck)
  return merged
}

/** @throws LaminaError invalid_input with dockerd's sentence */
export function checkConfig(config: RunConfig): void {
  if (!config.Entrypoint?.length && !config.Cmd?.length) throw refuse('Cmd', 'No command specified')
  const { WorkingDir = '' } = config
  if (WorkingDir !== '' && !WorkingDir.startsWith('/')) {
    const text = `the working directory '${WorkingDir}' is invalid, it needs to be an absolute path`
    throw refuse('WorkingDir', text)
  }
  for (const variable of config.Env ?? []) {
    if (variable === '' || variable.startsWith('=')) {
      throw refuse('Env', `invalid environment variable: ${variable}`)
    }
  }
}

/** The program and its arguments: `Path` and `Args` of a container. */
export function commandOf(config: RunConfig): { path: string; args: string[] } {
  const [path = '', ...args] = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])]
  return { path, args }
}

function mergeEnv(user: string[], image: string[]): string[] | null {
  const names = new Set(user.map(nameOf))
  const merged = [...user, ...image.filter((variable) => !names.has(nameOf(variable)))]
  return merged.length > 0 ? merged : null
}

function mergeHealthcheck(user: RunConfig['Healthcheck'], image: RunConfig['Healthcheck']) {
  if (!image) return user
  if (!user) return image
  return {
    ...image,
    ...user,
    Test: user.Test?.length ? user.Test : image.Test,
    Interval: user.Interval || image.Interval,
    Timeout: user.Timeout || image.Timeout,
    StartPeriod: user.StartPeriod || image.StartPeriod,
    Retries: user.Retries || image.Retries,
  }
}

const nameOf = (variable: string): string => variable.split('=', 1)[0] ?? ''

function refuse(field: string, reason: string): LaminaError {
  return new LaminaError('invalid_input', { field, reason, docker: reason })
}
