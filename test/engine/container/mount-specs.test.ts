import { describe, expect, it } from 'vitest'
import { parseBind, parseMount, parseVolumesFrom } from '../../../src/engine/container/mount-specs'
import { refusal } from '../refusal'

describe('-v', () => {
  it.each([
    ['/data', { type: 'volume', name: '', destination: '/data', anonymous: true, rw: true }],
    ['vol:/data', { type: 'volume', name: 'vol', mode: 'z', driver: 'local', anonymous: false }],
    ['vol:/data:ro', { rw: false, mode: 'ro', copyData: true }],
    ['vol:/data:nocopy', { rw: true, copyData: false }],
    ['/host/:/in/../data/', { type: 'bind', source: '/host', destination: '/data', mode: '' }],
    ['/host:/data:ro,z', { rw: false, mode: 'ro,z', propagation: 'rprivate' }],
    ['/host:/data:rshared', { rw: true, propagation: 'rshared' }],
  ])('%s', (spec, expected) => {
    expect(parseBind(spec, '')).toMatchObject(expected)
  })

  it.each([
    ['/host:/data:ro,rw', 'invalid mode: ro,rw'],
    ['/host:/data:zz', 'invalid mode: zz'],
    [':/data', "invalid volume specification: ':/data'"],
    ['/data:ro', "invalid volume specification: '/data:ro'"],
    ['a:b:c:d', "invalid volume specification: 'a:b:c:d'"],
    [
      'vol:data',
      "invalid volume specification: 'vol:data': invalid mount config for type \"volume\": invalid mount path: 'data' mount path must be absolute",
    ],
    [
      'vol:/',
      "invalid volume specification: 'vol:/': invalid mount config for type \"volume\": invalid specification: destination can't be '/'",
    ],
  ])('refuses %s', (spec, message) => {
    expect(refusal(() => parseBind(spec, ''))).toBe(message)
  })
})

it('reads --mount and refuses what does not belong together', () => {
  expect(parseMount({ Type: 'tmpfs', Target: '/t' })).toMatchObject({ type: 'tmpfs', mode: '' })
  expect(
    parseMount({
      Type: 'volume',
      Source: 'v',
      Target: '/v',
      ReadOnly: true,
      VolumeOptions: { NoCopy: true, Labels: { a: 'b' } },
    }),
  ).toMatchObject({ name: 'v', rw: false, copyData: false, labels: { a: 'b' }, mode: 'z' })
  expect(refusal(() => parseMount({ Type: 'bind', Source: 'x', Target: '/v' }))).toContain(
    "invalid mount path: 'x'",
  )
  expect(refusal(() => parseMount({ Type: 'tmpfs', Source: 'x', Target: '/v' }))).toContain(
    'field Source must not be specified',
  )
  expect(refusal(() => parseMount({ Type: 'volume', Target: '/v', ReadOnly: true }))).toContain(
    'must not set ReadOnly mode when using anonymous volumes',
  )
})

it('reads --volumes-from', () => {
  expect(parseVolumesFrom('one')).toEqual({ container: 'one', writable: true })
  expect(parseVolumesFrom('one:ro')).toEqual({ container: 'one', writable: false })
  expect(refusal(() => parseVolumesFrom('one:nope'))).toBe('invalid mode: nope')
})

describe('paths of Windows', () => {
  it.each([
    ['C:\\data:/data', { type: 'bind', source: 'C:\\data', destination: '/data', rw: true }],
    ['c:/data/../x/:/data:ro', { type: 'bind', source: 'c:\\x', destination: '/data', rw: false }],
    ['D:\\:/disk', { type: 'bind', source: 'D:\\', destination: '/disk' }],
    ['vol:/data', { type: 'volume', name: 'vol', destination: '/data' }],
  ])('%s', (spec, expected) => {
    expect(parseBind(spec, '', 'win32')).toMatchObject(expected)
  })

  it('are paths only there', () => {
    expect(refusal(() => parseBind('c:/data', '', 'win32'))).toMatch(/must be absolute/)
    expect(refusal(() => parseBind('C:\\data:/data', '', 'linux'))).toBe('invalid mode: /data')
    const mount = { Type: 'bind', Source: 'C:\\data', Target: '/data' } as const
    expect(parseMount(mount, '', 'win32').source).toBe('C:\\data')
    expect(refusal(() => parseMount(mount, '', 'darwin'))).toMatch(/must be absolute/)
  })
})
