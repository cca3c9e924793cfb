/** Flags of instructions: `--from=build` (moby/buildkit instructions/bflag.go). */
import type { Instruction } from './instruction'
import { refuse } from './refuse'

/** Flags that some instructions know, each with a value. */
const FLAGS: Record<string, readonly string[]> = {
  ADD: ['chown', 'chmod'],
  COPY: ['chown', 'from', 'chmod'],
  FROM: ['platform'],
  HEALTHCHECK: ['interval', 'timeout', 'start-period', 'retries'],
  // The classic builder refuses it when it comes to run the command.
  RUN: ['mount'],
}

/** The flags of an instruction by their names. @throws LaminaError invalid_input */
export function readFlags({ name, flags }: Instruction): ReadonlyMap<string, string> {
  const known = FLAGS[name] ?? []
  const values = new Map<string, string>()
  for (const flag of flags) {
    const at = flag.indexOf('=')
    const key = at < 0 ? flag : flag.slice(0, at)
    if (!known.includes(key)) throw refuse(`Unknown flag: ${key}`)
    if (values.has(key) && name !== 'RUN') throw refuse(`Duplicate flag specified: ${key}`)
    if (at < 0) throw refuse(`Missing a value on flag: ${key}`)
    values.set(key, flag.slice(at + 1))
  }
  return values
}
