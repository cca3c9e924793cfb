import { describe, expect, it } from 'vitest'
import {
  checkNames,
  clashingName,
  foldsCase,
  nameError,
  nameFault,
} from '../../../src/engine/image/host-names'

describe('names that a system cannot hold', () => {
  it.each([
    ['con', 'device'],
    ['NUL.txt', 'device'],
    ['com1', 'device'],
    ['LPT9.tar.gz', 'device'],
    ['aux ', 'dot or space'],
    ['name.', 'dot or space'],
    ['name ', 'dot or space'],
    ['..', 'dot or space'],
    ['a:b', '":"'],
    ['a*', '"*"'],
    ['why?', '"?"'],
    ['back\\slash', 'allows no'],
    ['tab\t', 'allows no'],
    ['x'.repeat(256), 'more than 255'],
    ['\udcff', 'not UTF-8'],
  ])('%s, on Windows', (name, reason) => {
    expect(nameFault(name, 'win32')).toContain(reason)
    expect(() => checkNames(`folder/${name}/file`, 'win32')).toThrow(
      expect.objectContaining({ code: 'name_impossible' }),
    )
    expect(nameFault(name, 'linux')).toBeNull()
  })

  it('but for those that only look like one', () => {
    for (const name of ['console', 'nulls', 'com', 'com10', '.con', 'a.con', '文件', 'é', '~$x'])
      expect(nameFault(name, 'win32'), name).toBeNull()
  })

  it('on a Mac only what is no text, or too long', () => {
    expect(nameFault('\udcff', 'darwin')).toContain('not UTF-8')
    expect(nameFault('x'.repeat(256), 'darwin')).toContain('255')
    for (const name of ['con', 'a:b', 'name.']) expect(nameFault(name, 'darwin')).toBeNull()
    expect(nameFault('a\0', 'linux')).toContain('NUL')
  })

  it('are told by the failure of the file system, too', () => {
    const failure = Object.assign(new Error('name too long'), { code: 'ENAMETOOLONG' })
    expect(nameError(failure, 'a/b')).toMatchObject({ code: 'name_impossible' })
    const other = new Error('other')
    expect(nameError(other, 'a/b')).toBe(other)
  })
})

describe('where case makes no difference', () => {
  it('is on Windows and Macs', () => {
    expect(['win32', 'darwin', 'linux'].map((name) => foldsCase(name as NodeJS.Platform))).toEqual([
      true,
      true,
      false,
    ])
  })

  it('finds the name that is the same file there', () => {
    expect(clashingName('Makefile', ['makefile', 'x'])).toBe('makefile')
    expect(clashingName('\u00e9', ['E\u0301'])).toBe('E\u0301')
    expect(clashingName('stra\u00dfe', ['STRASSE'])).toBe('STRASSE')
    expect(clashingName('same', ['same', 'other'])).toBeNull()
  })
})
