/** Which API the engine speaks. */
import { DOCKER_VERSION } from '../container/commit'

/**
 * Clients are told 1.41, the API of Docker 20.10, after which the engine's answers are shaped; paths
 * of newer clients are taken up to 1.47, and what they add is kept or left out as they ask for it.
 */
export const API = { current: 41, oldest: 12, newest: 47 } as const

export const API_VERSION = `1.${API.current}`
export const MIN_API_VERSION = `1.${API.oldest}`

export { DOCKER_VERSION }

/** From this version on, `volume prune` leaves named volumes alone unless it is told `all`. */
export const PRUNE_KEEPS_NAMED = 42
