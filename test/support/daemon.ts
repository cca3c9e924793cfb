import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import './global-setup'
import { dockerClient, type Dockerd } from './dockerd'

/**
 * The daemon that all test files of this run share (started by global-setup.ts). Give images and
 * containers names of your own and remove them: other files run on the same daemon. The CLI's
 * configuration, with its logins, is of this file only.
 */
export function sharedDaemon(): Pick<
  Dockerd,
  'host' | 'socketPath' | 'docker' | 'dockerOk' | 'api'
> {
  const cliConfig = mkdtempSync(join(inject('scratch'), 'cli-'))
  return dockerClient(inject('dockerHost'), cliConfig)
}
