import { FONT_MONO, FONT_SANS, TOKENS, type ThemeName } from './tokens'

/** Writes a theme's colours and fonts as CSS variables: `accentSoft` becomes `--accent-soft`. */
export function applyTheme(name: ThemeName, root: HTMLElement = document.documentElement): void {
  for (const [token, value] of Object.entries(TOKENS[name])) {
    const kebab = token.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    root.style.setProperty(`--${kebab}`, value)
  }
  root.style.setProperty('--sans', FONT_SANS)
  root.style.setProperty('--mono', FONT_MONO)
  root.dataset.theme = name
  root.style.colorScheme = name
}
