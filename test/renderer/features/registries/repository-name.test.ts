import { expect, it } from 'vitest'
import { repositoryPath, shortPlatform } from '@/features/registries/repository-name'

it.each([
  ['r:5000', 'team/app', 'team/app'],
  ['docker.io', 'busybox', 'library/busybox'],
  ['docker.io', 'mei/app', 'mei/app'],
  ['r:5000', 'Team/app', null],
  ['r:5000', 'team/app:1', null],
  ['r:5000', `team/app@sha256:${'a'.repeat(64)}`, null],
  ['r:5000', '', null],
])('%s has %s as %s', (address, name, path) => {
  expect(repositoryPath(address, name)).toBe(path)
})

it('leaves out what nearly every platform begins with', () => {
  expect(['linux/amd64', 'linux/arm/v7', 'windows/amd64'].map(shortPlatform)).toEqual([
    'amd64',
    'arm/v7',
    'windows/amd64',
  ])
})
