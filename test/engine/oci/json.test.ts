import { expect, it } from 'vitest'
import { z } from 'zod'
import { duplicateKey, MAX_DOCUMENT, parseDocument } from '../../../src/engine/oci/json'

it('finds a key that stands twice in one object, and only that', () => {
  expect(duplicateKey('{"a":1,"b":{"a":2},"c":[{"a":1},{"a":1}],"d":"a\\":","e":["a","a"]}')).toBe(
    null,
  )
  expect(duplicateKey('{"a":{"x":[1,{"y":2}],"z":0,"x":1}}')).toBe('x')
  expect(duplicateKey('[{"a":1},{"a":1,"\\u0061":2}]')).toBe('a')
})

it('refuses what is too large, not JSON, not UTF-8 or not of the schema', () => {
  const parse = (bytes: Buffer) => parseDocument(bytes, z.object({ a: z.number() }), 'it')
  expect(parse(Buffer.from('{"a":1}'))).toEqual({ a: 1 })
  for (const bytes of [
    Buffer.from('{"a":1'),
    Buffer.from('{"a":"1"}'),
    Buffer.from('{"a":1,"a":2}'),
    Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    Buffer.alloc(MAX_DOCUMENT + 1, 0x20),
  ]) {
    expect(() => parse(bytes)).toThrow(expect.objectContaining({ code: 'document_invalid' }))
  }
})
