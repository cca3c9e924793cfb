/**
 * The seam for an OCI runtime: everything that needs a running process asks this one interface. The
 * engine keeps containers; where nothing can run them, each of these answers why and what to do.
 */
import { LaminaError } from '@shared/errors'
import type { ContainerRecord } from './record'

export interface Runtime {
  start(container: ContainerRecord): Promise<void>
  exec(container: ContainerRecord): Promise<never>
  attach(container: ContainerRecord): Promise<never>
  /** A RUN of a build. */
  build(command: readonly string[]): Promise<never>
}

/** No runtime: containers are kept, changed and committed, and run elsewhere. */
export class NoRuntime implements Runtime {
  start(): Promise<never> {
    return Promise.reject(cannotRun())
  }

  exec(): Promise<never> {
    return Promise.reject(cannotRun())
  }

  attach(): Promise<never> {
    return Promise.reject(cannotRun())
  }

  build(): Promise<never> {
    return Promise.reject(
      new LaminaError('engine_cannot_run', {
        docker:
          "Lamina's bundled engine cannot run commands, and RUN is one: what it would make can be brought " +
          'in with COPY or ADD. Or build with Docker, then `docker save` there and `docker load` here, or ' +
          'choose a Docker engine in Lamina.',
      }),
    )
  }
}

export function cannotRun(): LaminaError {
  return new LaminaError('engine_cannot_run', {
    docker:
      "Lamina's bundled engine keeps containers but cannot run them. Change files with `docker cp` and " +
      'keep them with `docker commit`; to run the image, `docker save` it here and `docker load` it ' +
      'into Docker, or choose a Docker engine in Lamina.',
  })
}
