/** One room of the house: which other rooms and which packages its files may not import. */
export interface Room {
  /** A folder or a file below the project, with forward slashes. */
  room: string
  allowed: string[]
  forbidden: string[]
  /** Regular expressions of package names, each to match up to a slash or the end. */
  packages: string[]
}

export const ROOMS: Room[]
