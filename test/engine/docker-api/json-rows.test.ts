import { describe, expect, it } from 'vitest'
import { jsonArray, JsonRows } from '../../../src/engine/docker-api/json-rows'

describe('rows of a list', () => {
  it('are written once for a view and what is said beside it', () => {
    const rows = new JsonRows<object>()
    const view = {}
    let made = 0
    const row = (said: string) => rows.row(view, said, () => ({ said, made: ++made })).toString()
    expect(row('é')).toBe('{"said":"é","made":1}')
    expect(row('é')).toBe('{"said":"é","made":1}')
    expect(row('b')).toBe('{"said":"b","made":2}')
    expect(row('é')).toBe('{"said":"é","made":3}')
    expect(rows.row({}, 'é', () => ({})).toString()).toBe('{}')
  })

  it('stand in an array', () => {
    expect(jsonArray([]).toString()).toBe('[]')
    expect(jsonArray([Buffer.from('1'), Buffer.from('2')]).toString()).toBe('[1,2]')
  })
})
