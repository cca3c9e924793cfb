export interface SystemPackage {
  /** The first that apt knows is installed. */
  names: string[]
  /** How to see that it is there: one of these. */
  command?: string
  library?: string
  files?: string[]
  for: string
}

export const WINDOW_PACKAGES: SystemPackage[]
export const TEST_PACKAGES: SystemPackage[]
