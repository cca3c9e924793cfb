import { expect, it } from 'vitest'
import { checkReference } from '@/lib/check-reference'

const digest = `sha256:${'a'.repeat(64)}`

it.each([
  ['busybox', 'docker.io/library/busybox:latest'],
  [' team/app:1.0 ', 'docker.io/team/app:1.0'],
  ['127.0.0.1:5000/team/app', '127.0.0.1:5000/team/app:latest'],
])('takes %s', (text, full) => expect(checkReference(text)).toEqual({ problem: null, full }))

it.each([
  ['', 'empty'],
  ['team/App', 'uppercase'],
  ['https://r/a', 'scheme'],
  ['a:-x', 'tag'],
  ['a'.repeat(256), 'tooLong'],
  [digest.slice(7), 'hexId'],
  [`a@${digest}`, 'noDigest'],
])('refuses %s', (text, problem) => expect(checkReference(text)).toEqual({ problem, full: null }))

it('takes a digest where one can be pulled', () => {
  expect(checkReference(`a@${digest}`, true).problem).toBeNull()
  expect(checkReference('a@sha256:12', true).problem).toBe('digestLength')
})
