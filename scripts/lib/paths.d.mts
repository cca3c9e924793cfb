export const PROJECT: string
export const CLONE_CACHE: string
export function userCache(): string
