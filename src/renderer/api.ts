/**
 * The only way from the interface to main: typed calls and events of the contract.
 *
 *   const images = await call('images.list', {})
 *   const stop = subscribe('task.changed', (task) => …)
 */
import { chooseTransport } from './transport'
import { createApi, type Api } from './transport/client'

export { ApiError, asAppError, isCancelled } from './api-error'

let instance: Api | null = null

/** Made at the first use, so that importing a store opens no connection. */
function api(): Api {
  instance ??= createApi(chooseTransport())
  return instance
}

/** See `Api.call`. */
export const call: Api['call'] = (name, input, options) => api().call(name, input, options)

/** See `Api.subscribe`. */
export const subscribe: Api['subscribe'] = (name, listener) => api().subscribe(name, listener)

/** See `Api.onConnected`. */
export const onConnected: Api['onConnected'] = (listener) => api().onConnected(listener)

/** See `Api.onRefused`. */
export const onRefused: Api['onRefused'] = (listener) => api().onRefused(listener)
