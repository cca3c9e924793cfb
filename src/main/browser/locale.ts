type Environment = Readonly<Record<string, string | undefined>>

/** The system's language as a tag (`zh-CN`), from POSIX's variables, else from ICU. */
export function systemLocale(env: Environment): string {
  for (const name of ['LC_ALL', 'LC_MESSAGES', 'LANG']) {
    const value = env[name]
    if (!value) continue
    const tag = value.split(/[.@]/)[0] as string
    if (tag === 'C' || tag === 'POSIX') return 'en-US'
    return tag.replace('_', '-')
  }
  return Intl.DateTimeFormat().resolvedOptions().locale
}
