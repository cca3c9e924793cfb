/** A row of the table of errors. `{name}` in a sentence is replaced by the error's parameter. */
export interface Sentences {
  /** What happened. */
  what: string
  /** What to do about it. */
  next: string
}

/** The sentences of one error, `[what, next]` in English and in Chinese. */
export function row(en: [string, string], zh: [string, string]): Record<'en' | 'zh', Sentences> {
  return { en: { what: en[0], next: en[1] }, zh: { what: zh[0], next: zh[1] } }
}
