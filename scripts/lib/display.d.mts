export function hasDisplay(
  platform?: NodeJS.Platform,
  env?: Record<string, string | undefined>,
): boolean
