import { inject } from 'vitest'
import './global-setup'
import { dockerClient, type Dockerd } from './dockerd'

/**
 * The daemon that all test files of this run share (started by global-setup.ts). Give images and
 * containers names of your own and remove them: other files run on the same daemon.
 */
export function sharedDaemon(): Pick<
  Dockerd,
  'host' | 'socketPath' | 'docker' | 'dockerOk' | 'api'
> {
  return dockerClient(inject('dockerHost'), '/tmp/lamina-test-docker-cli')
}
