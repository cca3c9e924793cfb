import { describe, expect, it } from 'vitest'
import { BuildArgs } from '../../../src/engine/build/build-args'
import { stores } from '../image/stores'
import { build, configOf } from './builds'

const open = stores()
const given = (values: Record<string, string | null>) =>
  new BuildArgs(new Map(Object.entries(values)))

describe('build arguments', () => {
  it('have the value that was given, else the default, else that from before the first FROM', () => {
    const args = given({ A: 'given', N: null, E: '' })
    args.addMeta('M', 'meta')
    args.addMeta('A', 'meta')
    for (const [name, value] of [
      ['A', 'own'],
      ['B', 'own'],
      ['M', null],
      ['N', 'own'],
      ['E', 'own'],
      ['U', null],
    ] as const) {
      args.add(name, value)
    }
    const values = ['A', 'B', 'M', 'N', 'E', 'U', 'X'].map((name) => args.value(name))
    expect(values).toEqual(['given', 'own', 'meta', 'own', '', undefined, undefined])
  })

  it('of one stage are not those of another, nor those before the first FROM', () => {
    const args = given({ A: 'given' })
    args.addMeta('M', 'meta')
    expect([args.meta('M'), args.value('M')]).toEqual(['meta', undefined])
    args.add('A', null)
    args.reset()
    expect([args.meta('A'), args.value('A')]).toEqual([undefined, undefined])
  })

  it('for proxies need no ARG', () => {
    const args = given({ HTTP_PROXY: 'p', http_proxy: 'q', ALL_PROXY: 'r' })
    expect(['HTTP_PROXY', 'http_proxy', 'ALL_PROXY'].map((name) => args.value(name))).toEqual([
      'p',
      'q',
      undefined,
    ])
    expect(args.unused()).toEqual(['ALL_PROXY'])
  })

  it('that nothing asks for are warned of', async () => {
    const { output } = await build(await open(), ['FROM scratch', 'ARG A', 'ENV X=1'], {
      buildArgs: { A: '1', NO_PROXY: 'x', Z: '1', B: null },
    })
    expect(output).toContain('[Warning] One or more build-args [B Z] were not consumed\n')
  })

  it('are hidden by ENV and hide nothing of it', async () => {
    const store = await open()
    const { id } = await build(
      store,
      ['FROM scratch', 'ENV A=env', 'ARG A=arg', 'ARG B=$A', 'LABEL a=$A b=$B c=${C:-unset}'],
      { buildArgs: { A: 'given', B: 'other', C: 'not asked for' } },
    )
    expect((await configOf(store, id)).config?.Labels).toEqual({ a: 'env', b: 'other', c: 'unset' })
  })
})
