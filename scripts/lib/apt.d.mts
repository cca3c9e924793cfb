import type { SystemPackage } from './system-packages.mjs'

export function systemPath(): string
export function hasCommand(name: string): boolean
export function missingPackages(rows: SystemPackage[]): SystemPackage[]
export function ensurePackages(rows: SystemPackage[], purpose: string): Promise<boolean>
