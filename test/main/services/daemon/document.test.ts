import { describe, expect, it } from 'vitest'
import { checkSettings, mirrorProblem } from '../../../../src/main/services/daemon/check'
import { diffLines } from '../../../../src/main/services/daemon/diff'
import { faultOf, listOf, withList } from '../../../../src/main/services/daemon/document'
import { podmanText } from '../../../../src/main/services/daemon/podman'

const KEY = 'insecure-registries'

describe('a list set in daemon.json', () => {
  it('leaves order, unknown keys, indentation and values as they stand', () => {
    const text = '{\n\t"zeta": {"b":1,   "a":[1,2]},\n\t"debug": true\n}\n'
    expect(withList(text, KEY, ['nas:5000'])).toBe(
      '{\n\t"zeta": {"b":1,   "a":[1,2]},\n\t"debug": true,\n\t"insecure-registries": [\n\t\t"nas:5000"\n\t]\n}\n',
    )
  })

  it('changes only itself when it was there', () => {
    const text = '{\n    "insecure-registries": ["a:1"],\n    "log-opts": { "max-size": "10m" }\n}'
    const after = withList(text, KEY, ['a:1', 'b:2'])
    expect(after.endsWith('    "log-opts": { "max-size": "10m" }\n}')).toBe(true)
    expect(listOf(after, KEY)).toEqual(['a:1', 'b:2'])
  })

  it('keeps the line ends of Windows', () => {
    const after = withList('{\r\n  "debug": true\r\n}\r\n', KEY, ['a:1'])
    expect(after.replaceAll('\r\n', '')).not.toContain('\n')
  })

  it.each(['', '\n', '{}', '{}\n', '{ }'])('makes a whole file of %j', (text) => {
    expect(JSON.parse(withList(text, KEY, ['a:1']))).toEqual({ [KEY]: ['a:1'] })
  })

  it('is emptied, not removed: a reload keeps what is not named', () => {
    const text = '{\n  "insecure-registries": [\n    "a:1"\n  ]\n}\n'
    expect(JSON.parse(withList(text, KEY, []))).toEqual({ [KEY]: [] })
  })
})

describe('a file that is left alone', () => {
  it.each([
    ['bom', '\uFEFF{}'],
    ['comments', '{\n  // mine\n  "debug": true\n}'],
    ['comments', '{"debug": /* on */ true}'],
    ['broken', '{"debug": true,}'],
    ['broken', '{"debug": true'],
    ['broken', '["debug"]'],
    ['broken', '{"a": 1, "a": 2}'],
    ['broken', 'debug = true'],
  ])('%s: %j', (obstacle, text) => {
    expect(faultOf(text)?.obstacle).toBe(obstacle)
  })

  it.each(['', '  \n', '{}', '{"x": {"// note": 1}}'])('but not %j', (text) => {
    expect(faultOf(text)).toBeNull()
  })
})

describe('the check without dockerd', () => {
  it('names a scheme in insecure-registries and a path in a mirror', async () => {
    const text = JSON.stringify({
      'insecure-registries': ['http://nas:5000', 'nas:5000', '10.0.0.0/8', '[fd00::1]:5000'],
      'registry-mirrors': ['https://a.example/x', 'https://b.example/', 'c.example'],
    })
    const { by, problems } = await checkSettings(text, null)
    expect(by).toBe('keys')
    expect(problems).toHaveLength(3)
    expect(problems.join()).toMatch(/http:\/\/nas:5000.*a\.example\/x.*c\.example/)
  })

  it('says which keys it does not know, and refuses none of them', async () => {
    const check = await checkSettings('{"debug": true, "brand-new": 1}', null)
    expect(check).toEqual({ by: 'keys', problems: [], unknown: ['brand-new'] })
  })

  it('is done by keys where the program is not there', async () => {
    expect((await checkSettings('{}', '/nowhere/dockerd')).by).toBe('keys')
  })

  it.each(['ftp://a.example', 'https://a.example/?x', 'https://u:p@a.example'])(
    'takes no %s for a mirror',
    (url) => expect(mirrorProblem(url)).not.toBeNull(),
  )
})

describe('a comparison', () => {
  it('shows what stays, goes and comes', () => {
    expect(diffLines('a\nb\nc\n', 'a\nx\nc\n')).toEqual([
      { kind: 'same', text: 'a' },
      { kind: 'removed', text: 'b' },
      { kind: 'added', text: 'x' },
      { kind: 'same', text: 'c' },
    ])
  })

  it('of nothing and something is all new', () => {
    expect(diffLines('', '{\n}\n').map(({ kind }) => kind)).toEqual(['added', 'added'])
  })
})

it('says the same for Podman in registries.conf', () => {
  expect(podmanText(KEY, ['nas:5000'])).toBe(
    '[[registry]]\nlocation = "nas:5000"\ninsecure = true\n',
  )
  expect(podmanText('registry-mirrors', ['http://m.example:81'])).toContain(
    '[[registry.mirror]]\nlocation = "m.example:81"\ninsecure = true\n',
  )
})
