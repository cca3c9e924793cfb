import { describe, expect, it, vi } from 'vitest'
import { i18n, languageOf, setLanguage, text, type MessageKey } from '@/i18n'
import en from '@/i18n/en'
import zhCN from '@/i18n/zh-CN'

type Tree = { [key: string]: string | Tree }

function leaves(tree: Tree, prefix = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value]] : leaves(value, `${prefix}${key}.`),
  ) as [string, string][]
}

const english = leaves(en)
const chinese = new Map(leaves(zhCN))
const parameters = (message: string) =>
  [...new Set([...message.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort()

describe('the two languages', () => {
  it('have the same keys', () => {
    expect([...chinese.keys()].sort()).toEqual(english.map(([key]) => key).sort())
  })

  it('use the same parameters', () => {
    const different = english.filter(
      ([key, message]) =>
        parameters(message).join() !== parameters(chinese.get(key) ?? '').join() &&
        // The plural of English may need a count that Chinese has already said.
        !parameters(message).includes('count'),
    )
    expect(different).toEqual([])
  })

  it('have no key that nothing says', () => {
    const files = import.meta.glob(
      ['../../src/renderer/**/*.{ts,vue}', '../../src/shared/*.ts', '!**/i18n/{en,zh-CN}/**'],
      { query: '?raw', import: 'default', eager: true },
    )
    const source = Object.values(files).join('\n')
    expect(source).toContain("t('common.actions.cancel')")
    const plain = new Set(
      [...source.matchAll(/['"`]([a-zA-Z][\w.-]+)['"`]/g)].map(([, key]) => key),
    )
    // `storage.problem.${kind}`
    const patterns = [
      ...source.matchAll(/`([a-zA-Z][\w.-]*\.[\w.-]*(?:\$\{[^`]*?\}[\w.-]*)+)`/g),
    ].map(
      ([, key]) =>
        new RegExp(`^${(key ?? '').replaceAll('.', '\\.').replace(/\$\{.*?\}/g, '[\\w-]+')}$`),
    )
    const unused = english.filter(
      ([key]) => !plain.has(key) && !patterns.some((pattern) => pattern.test(key)),
    )
    expect(unused.map(([key]) => key)).toEqual([])
  })

  it('say something everywhere, in Chinese what is not just English', () => {
    expect(english.filter(([, message]) => message.trim() === '')).toEqual([])
    const han = /\p{Script=Han}/u
    const untranslated = english.filter(([key, message]) => {
      const translated = chinese.get(key) ?? ''
      return translated === message && /[a-z]{4,} [a-z]{3,}/.test(message) && !han.test(translated)
    })
    expect(untranslated).toEqual([])
  })

  it('compile: no stray bracket, bar or at sign', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    for (const language of ['en', 'zh-CN'] as const) {
      setLanguage(language)
      for (const [key, message] of english) {
        const params = Object.fromEntries(parameters(message).map((name) => [name ?? '', 7]))
        const shown = text(key as MessageKey, params)
        expect(shown, key).not.toMatch(/[{}]/)
        expect(shown, key).not.toBe(key)
      }
    }
    expect(warn).not.toHaveBeenCalled()
    expect(error).not.toHaveBeenCalled()
  })
})

it('switches at once and tells the document', () => {
  setLanguage('zh-CN')
  expect(text('images.title')).toBe('镜像')
  expect(document.documentElement.lang).toBe('zh-CN')
  setLanguage('en')
  expect(text('images.title')).toBe('Images')
  expect(i18n.global.locale.value).toBe('en')
})

it('counts', () => {
  setLanguage('en')
  expect(text('browse.tags.copyChosen', { count: 1 })).toBe('Copy 1 tag…')
  expect(text('browse.tags.copyChosen', { count: 2 })).toBe('Copy 2 tags…')
})

it.each([
  ['zh-CN', 'zh-CN'],
  ['zh-Hans-SG', 'zh-CN'],
  ['en-GB', 'en'],
  ['de', 'en'],
])('speaks for %s the language %s', (locale, language) => expect(languageOf(locale)).toBe(language))
