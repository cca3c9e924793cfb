/** `HOST:PORT`, where the registry listens. */
import { LaminaError } from '@shared/errors'

export interface ListenAddress {
  /** Without brackets; empty: every address of the machine. */
  host: string
  /** 0: a free one. */
  port: number
}

/** `127.0.0.1:5000`, `[::1]:5000`, `:5000`. Throws LaminaError invalid_input. */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (!match || port > 65_535) {
    throw new LaminaError('invalid_input', {
      field: '--addr',
      reason: `${text} is not HOST:PORT, for example 127.0.0.1:5000`,
    })
  }
  return { host: match[1] ?? match[2] ?? '', port }
}

/** Whether only this machine can reach it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}
