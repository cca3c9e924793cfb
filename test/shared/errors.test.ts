import { describe, expect, it } from 'vitest'
import { ERRORS } from '@shared/error-table'
import { fromAppError, LaminaError, sentence, toAppError, type ErrorCode } from '@shared/errors'

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort()

describe('the table of errors', () => {
  it.each(Object.entries(ERRORS))(
    '%s says what happened and what to do, in both languages',
    (_code, row) => {
      for (const language of ['en', 'zh'] as const) {
        expect(row[language].what.length).toBeGreaterThan(3)
        expect(row[language].next.length).toBeGreaterThan(3)
      }
      expect(row.zh.what + row.zh.next).toMatch(/[\u4e00-\u9fff]/)
      expect(new Set(placeholders(row.zh.what + row.zh.next))).toEqual(
        new Set(placeholders(row.en.what + row.en.next)),
      )
    },
  )

  it('fills the parameters in and keeps the cause', () => {
    const error = new LaminaError('not_found', { name: 'a:1' }, { cause: new Error('404') })
    expect(toAppError(error)).toEqual({ code: 'not_found', params: { name: 'a:1' }, cause: '404' })
    expect(sentence(error, 'zh').what).toContain('a:1')
    expect(sentence(error, 'en').what).toBe('“a:1” does not exist (any more).')
  })

  it.each(['404', null])('comes back as it went, with the cause %s', (cause) => {
    const value = { code: 'not_found', params: { name: 'a:1' }, cause } as const
    expect(toAppError(fromAppError(value))).toEqual(value)
  })

  it('calls anything else internal, with its message', () => {
    const error = toAppError(new TypeError('boom'))
    expect(error.code satisfies ErrorCode).toBe('internal')
    expect(error.cause).toContain('boom')
  })
})
