import { expect, it } from 'vitest'
import { daemonRefuses } from '@/features/push/daemon-refuses'

const live = { insecure: ['Known.lab:5000'], insecureNetworks: ['127.0.0.0/8', '10.2.0.0/16'] }
const http = (address: string) => ({ address, protocol: 'http' as const })

it.each([
  '192.168.1.10:5000',
  'registry.lab',
  'registry.lab:5000',
  '10.3.0.1:5000',
  '[fd00::1]:5000',
])('refuses http at %s', (address) => expect(daemonRefuses(http(address), live)).toBe(true))

it.each([
  '127.0.0.1:5000',
  '127.8.9.1',
  'localhost:5000',
  '[::1]:5000',
  'known.lab:5000',
  '10.2.255.1:5000',
])('takes http at %s', (address) => expect(daemonRefuses(http(address), live)).toBe(false))

it('takes https, and what it cannot know of', () => {
  expect(daemonRefuses({ address: '192.168.1.10', protocol: 'https' }, live)).toBe(false)
  expect(daemonRefuses(http('192.168.1.10'), null)).toBe(false)
})
