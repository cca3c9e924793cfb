import { describe, expect, it } from 'vitest'
import { applyTheme } from '@/theme/apply'
import { TOKENS, type Tokens } from '@/theme/tokens'

/** WCAG 2.1 contrast of two `#rrggbb` colours. */
function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5]
    .map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)) as [
    number,
    number,
    number,
  ]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

const PAIRS: [keyof Tokens, (keyof Tokens)[]][] = [
  ['text', ['bg', 'panel', 'raised', 'sunken', 'hover', 'accentSoft', 'deletedSoft']],
  ['muted', ['bg', 'panel', 'raised', 'sunken', 'hover', 'accentSoft', 'deletedSoft']],
  ['faint', ['panel', 'raised']],
  ['accent', ['bg', 'panel', 'accentSoft', 'raised']],
  ['added', ['panel', 'addedSoft']],
  ['changed', ['panel', 'changedSoft']],
  ['deleted', ['panel', 'deletedSoft']],
]

describe.each(['light', 'dark'] as const)('the %s theme', (name) => {
  const tokens = TOKENS[name]

  it.each(PAIRS)('keeps %s readable', (ink, grounds) => {
    for (const ground of grounds) {
      expect(contrast(tokens[ink], tokens[ground]), ground).toBeGreaterThanOrEqual(4.5)
    }
  })

  it('keeps white readable on solid buttons', () => {
    for (const ground of ['accentSolid', 'deletedSolid'] as const) {
      expect(contrast('#ffffff', tokens[ground])).toBeGreaterThanOrEqual(4.5)
    }
  })

  it('is written as variables', () => {
    applyTheme(name)
    const root = document.documentElement
    expect(root.dataset.theme).toBe(name)
    expect(root.style.getPropertyValue('--accent-soft')).toBe(tokens.accentSoft)
  })
})
