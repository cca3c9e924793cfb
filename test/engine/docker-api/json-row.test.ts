import { describe, expect, it } from 'vitest'
import { jsonArray, jsonRow } from '../../../src/engine/docker-api/json-row'

describe('a row of a list', () => {
  const plain = {
    ...{ Count: -1, Id: 'one', Labels: { '"Size":0': '"Count":1' }, Absent: undefined },
    ...{ Size: 0, Names: ['é', null] },
  }
  const row = jsonRow(plain, ['Count', 'Size'])

  it('is what JSON.stringify writes, in the same order', () => {
    expect(row({ Count: 3, Size: 5 })).toBe(JSON.stringify({ ...plain, Count: 3, Size: 5 }))
    expect(row({ Count: 0, Size: 7 })).toBe(JSON.stringify({ ...plain, Count: 0, Size: 7 }))
  })

  it('leaves out what is not known', () => {
    expect(row({ Size: 5 })).toBe(JSON.stringify({ ...plain, Count: undefined, Size: 5 }))
    expect(row({})).toBe(JSON.stringify({ ...plain, Count: undefined, Size: undefined }))
    expect(jsonRow({ a: 1 }, ['a'])({})).toBe('{}')
  })

  it('stands in an array', () => {
    expect(jsonArray([])).toBe('[]')
    expect(JSON.parse(jsonArray([row({}), row({})]))).toHaveLength(2)
  })
})
