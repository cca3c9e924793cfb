import { TOKENS, type ThemeName } from './tokens'

/** Writes a theme's colours as CSS variables: `accentSoft` becomes `--accent-soft`. */
export function applyTheme(name: ThemeName, root: HTMLElement = document.documentElement): void {
  for (const [token, value] of Object.entries(TOKENS[name])) {
    const kebab = token.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    root.style.setProperty(`--${kebab}`, value)
  }
  root.dataset.theme = name
  root.style.colorScheme = name
}
