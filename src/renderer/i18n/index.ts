/**
 * Both languages from one place. A text is `useText()('images.title')`; the key is checked by the
 * compiler. A `count` among the parameters also chooses the plural ("{count} file | {count} files").
 *
 * Write `{'@'}`, `{'|'}`, `{'{'}` in a message for those characters: vue-i18n gives them a meaning.
 */
import { createI18n } from 'vue-i18n'
import en from './en'
import type { LeafKey } from './types'
import zhCN from './zh-CN'

export type Language = 'zh-CN' | 'en'
export type MessageKey = LeafKey<typeof en>
export type Params = Record<string, string | number>
export type Text = (key: MessageKey, params?: Params) => string

export const i18n = createI18n({
  legacy: false,
  locale: 'en' as Language,
  fallbackLocale: 'en',
  messages: { en, 'zh-CN': zhCN },
})

/** The text of a key in the current language; reactive where it is called in a render or computed. */
export const text: Text = (key, params = {}) => {
  const count = params.count
  return typeof count === 'number' ? i18n.global.t(key, params, count) : i18n.global.t(key, params)
}

/** For components: `const t = useText()`. */
export function useText(): Text {
  return text
}

export function currentLanguage(): Language {
  return i18n.global.locale.value
}

/** Switches at once, everywhere. `<html lang>` chooses the right Chinese glyphs. */
export function setLanguage(language: Language): void {
  i18n.global.locale.value = language
  document.documentElement.lang = language
}

/** The language for a system locale such as `zh-Hans-CN` or `en-GB`. */
export function languageOf(locale: string): Language {
  return /^zh\b/i.test(locale) ? 'zh-CN' : 'en'
}
