/** Errors about containers in dockerd's own words. */
import { LaminaError } from '@shared/errors'

export function noSuchContainer(name: string): LaminaError {
  return new LaminaError('not_found', { name, docker: `No such container: ${name}` })
}

export function fileNotFound(path: string, container: string): LaminaError {
  const docker = `Could not find the file ${path} in container ${container}`
  return new LaminaError('not_found', { name: path, docker })
}

export function conflict(message: string): LaminaError {
  return new LaminaError('conflict', { message, docker: message })
}

/** What dockerd answers with status 500. */
export function refused(message: string): LaminaError {
  return new LaminaError('engine_refused', { message, docker: message })
}

export function invalid(field: string, reason: string): LaminaError {
  return new LaminaError('invalid_input', { field, reason, docker: reason })
}

export function notRunning(id: string): LaminaError {
  return conflict(`Container ${id} is not running`)
}
