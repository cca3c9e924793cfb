import { describe, expect, it } from 'vitest'
import { addressProblem, isLoopback } from '@/features/registries/registry-address'

describe('addressProblem', () => {
  it.each(['127.0.0.1:5000', 'localhost', 'registry.example.com', 'nas:5000', '[::1]:5000', 'NAS'])(
    'takes %s',
    (address) => expect(addressProblem(address)).toBeNull(),
  )

  it.each([
    ['', 'empty'],
    ['http://127.0.0.1:5000', 'scheme'],
    ['host:5000/team', 'path'],
    ['host:', 'port'],
    ['host:70000', 'port'],
    ['host:abc', 'port'],
    ['-host.example', 'host'],
    ['a..b', 'host'],
    ['两.cn', 'host'],
    ['nas', 'single-word'],
  ])('refuses “%s”', (address, problem) => expect(addressProblem(address)).toBe(problem))
})

describe('isLoopback', () => {
  it('knows this machine', () => {
    expect(['localhost:5000', '127.0.0.1', '127.1.2.3:80', '[::1]:5000'].every(isLoopback)).toBe(
      true,
    )
    expect(['192.168.1.10:5000', 'localhost.example.com'].some(isLoopback)).toBe(false)
  })
})
