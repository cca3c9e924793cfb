/** `--change` of commit and import: Dockerfile instructions that change settings only. */
import type { RunConfig } from '../oci/image-config'
import { checkInstruction } from './dockerfile/check'
import { parseDockerfile } from './dockerfile/parse'
import { refuse } from './dockerfile/refuse'
import { applySetting, isChange, type SettingsState } from './dockerfile/settings'

/**
 * A new config with the instructions applied in their order; variables are those of its own ENV.
 * @throws LaminaError invalid_input in dockerd's words
 */
export function applyChanges(config: RunConfig, instructions: string[]): RunConfig {
  const { instructions: parsed, escape } = parseDockerfile(instructions.join('\n'))
  if (instructions.length > 0 && parsed.length === 0) throw refuse('file with no instructions')
  const unknown = parsed.find(({ name }) => !isChange(name))
  if (unknown) throw refuse(`${unknown.written.toLowerCase()} is not a valid change command`)
  for (const instruction of parsed) checkInstruction(instruction)
  const state: SettingsState = {
    config: { ...config },
    cmdSet: false,
    escape,
    lookup: (name) =>
      state.config.Env?.find((variable) => variable.startsWith(`${name}=`))?.slice(name.length + 1),
  }
  for (const instruction of parsed) applySetting(state, instruction)
  return state.config
}
