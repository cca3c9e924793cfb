/** Container names: the rule, and made-up ones for containers that come without. */
import { randomBytes, randomInt } from 'node:crypto'
import { LaminaError } from '@shared/errors'

const RULE = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/

/**
 * @param shown as the error names it
 * @throws LaminaError invalid_input with dockerd's sentence
 */
export function checkName(name: string, shown = name): void {
  if (RULE.test(name)) return
  const reason = `Invalid container name (${shown}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`
  throw new LaminaError('invalid_input', { field: 'name', reason, docker: reason })
}

/** 64 hexadecimal digits that do not read as a number when cut to twelve, as Docker's ids. */
export function newId(): string {
  for (;;) {
    const id = randomBytes(32).toString('hex')
    if (!/^\d+$/.test(id.slice(0, 12))) return id
  }
}

const QUALITIES = (
  'able amber ample apt bold brave breezy bright brisk calm candid civil clear clever cosy crisp ' +
  'dainty deft eager early exact fair fluent fond frank fresh gentle glad golden grand happy hardy ' +
  'humble ideal jolly keen kind lively loyal lucid mellow merry modest neat nimble noble patient ' +
  'plucky polite proud quick quiet rapid ready serene sharp silver smart snug solid steady sunny ' +
  'swift tender tidy trusty upbeat vivid warm wise witty zesty'
).split(' ')
const STONES = (
  'agate alabaster amazonite amber andesite anthracite aragonite arenite azurite barite basalt beryl ' +
  'bornite calcite chalk chert clay coal coral diamond diorite dolomite emerald feldspar flint fluorite ' +
  'gabbro galena garnet gneiss granite gravel gypsum halite hematite jade jasper kaolin limestone ' +
  'magnetite malachite marble marl mica obsidian olivine onyx opal peridot pumice pyrite quartz ' +
  'rhyolite ruby sandstone sapphire schist shale slate spinel talc topaz tourmaline tuff zircon'
).split(' ')

/** `quiet_basalt`; with a digit behind it when the first tries are taken. */
export function madeUpName(isTaken: (name: string) => boolean): string {
  for (let attempt = 0; ; attempt++) {
    const quality = QUALITIES[randomInt(QUALITIES.length)]
    const name = `${quality}_${STONES[randomInt(STONES.length)]}`
    const tried = attempt < 6 ? name : `${name}${randomInt(10 ** Math.min(attempt - 5, 9))}`
    if (!isTaken(tried)) return tried
  }
}
