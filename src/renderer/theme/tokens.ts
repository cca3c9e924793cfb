/**
 * The colours of the house, once: `apply.ts` writes them as CSS variables (`--accent`), `naive.ts`
 * gives the same ones to Naive UI. Text colours keep 4.5:1 on every ground they stand on.
 */
export type ThemeName = 'light' | 'dark'

const light = {
  bg: '#f4f6f8',
  panel: '#ffffff',
  /** Table heads, code blocks. */
  raised: '#f8f9fb',
  /** Chips, tracks of bars. */
  sunken: '#eef0f4',
  hover: '#f3f6fb',
  line: '#e3e7ed',
  lineStrong: '#c9d0da',
  text: '#1a2130',
  muted: '#566074',
  faint: '#667085',
  /** The one accent: text and marks. */
  accent: '#1f5fe0',
  /** Under white text. */
  accentSolid: '#2563eb',
  accentHover: '#3b74ef',
  accentPressed: '#1d4fd0',
  accentSoft: '#e8f0fe',
  added: '#0c7a43',
  addedSoft: '#e4f4ea',
  changed: '#8f5a06',
  changedSoft: '#faf0dc',
  deleted: '#c42b2b',
  deletedSoft: '#fdeaea',
  deletedSolid: '#cf3030',
  writable: '#f0a93a',
  stratum1: '#2563eb',
  stratum2: '#4b86f0',
  stratum3: '#78a5f5',
  stratum4: '#a6c4f8',
  base: '#2d4468',
  shadow: 'rgb(16 24 40 / 14%)',
  veil: 'rgb(16 24 40 / 38%)',
}

export type Tokens = typeof light

const dark: Tokens = {
  bg: '#11141a',
  panel: '#191e27',
  raised: '#1e2430',
  sunken: '#252c39',
  hover: '#202735',
  line: '#2a3240',
  lineStrong: '#414c5f',
  text: '#e7eaf0',
  muted: '#a9b2c1',
  faint: '#929cad',
  accent: '#86aeff',
  accentSolid: '#2f66dd',
  accentHover: '#3f76ea',
  accentPressed: '#2757c4',
  accentSoft: '#1d2b49',
  added: '#4fce8b',
  addedSoft: '#15322a',
  changed: '#e8b350',
  changedSoft: '#362c18',
  deleted: '#ff8a80',
  deletedSoft: '#3b2024',
  deletedSolid: '#c53a3a',
  writable: '#f0a93a',
  stratum1: '#4f8bff',
  stratum2: '#3a72e2',
  stratum3: '#2f5cb8',
  stratum4: '#284a8f',
  base: '#4a6187',
  shadow: 'rgb(0 0 0 / 50%)',
  veil: 'rgb(5 8 12 / 62%)',
}

export const TOKENS: Record<ThemeName, Tokens> = { light, dark }
