import type { Case } from './transcript'

/** One check: the same commands on both sides, what they printed and left compared. */
export interface Check {
  area: string
  name: string
  body: (c: Case) => Promise<void>
}

/** One check that dockerd 20.10 cannot be the peer of: it compares with something else, and says so. */
export interface AloneCheck {
  area: string
  name: string
  /** Why the two sides cannot do the same. */
  why: string
  body: (engine: Case, dockerd: Case) => Promise<void>
}

export interface Area {
  name: string
  checks: Check[]
  alone: AloneCheck[]
}

export interface Define {
  (name: string, body: Check['body']): void
  alone(name: string, why: string, body: AloneCheck['body']): void
}

/** Collects the checks of one area; names must differ. */
export function area(name: string, define: (check: Define) => void): Area {
  const checks: Check[] = []
  const alone: AloneCheck[] = []
  const names = new Set<string>()
  const fresh = (title: string): void => {
    if (names.has(title)) throw new Error(`two checks of ${name}: ${title}`)
    names.add(title)
  }
  const check = (title: string, body: Check['body']): void => {
    fresh(title)
    checks.push({ area: name, name: title, body })
  }
  const checkAlone: Define['alone'] = (title, why, body) => {
    fresh(title)
    alone.push({ area: name, name: title, why, body })
  }
  define(Object.assign(check, { alone: checkAlone }))
  return { name, checks, alone }
}
