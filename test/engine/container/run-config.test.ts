import { expect, it } from 'vitest'
import { checkConfig, commandOf, mergeConfig } from '../../../src/engine/container/run-config'
import { checkHostConfig, orderHostConfig } from '../../../src/engine/container/host-config'
import { checkName, madeUpName, newId } from '../../../src/engine/container/names'

it('puts what the client says over what the image says', () => {
  const image = {
    User: 'app',
    Env: ['A=image', 'B=image'],
    Cmd: ['serve'],
    Entrypoint: ['/entry'],
    Labels: { a: '1', b: '1' },
    ExposedPorts: { '80/tcp': {} },
    Volumes: { '/data': {} },
    WorkingDir: '/srv',
  }
  const merged = mergeConfig({ Env: ['B=mine'], Labels: { b: '2' } }, image)
  expect(merged).toMatchObject({
    User: 'app',
    Env: ['B=mine', 'A=image'],
    Cmd: ['serve'],
    Entrypoint: ['/entry'],
    Labels: { a: '1', b: '2' },
    WorkingDir: '/srv',
  })
  // Another program makes the image's arguments meaningless.
  const other = mergeConfig({ Entrypoint: ['sh'], Cmd: null }, image)
  expect(commandOf(other)).toEqual({ path: 'sh', args: [] })
  const cleared = mergeConfig({ Entrypoint: [''], Cmd: ['ls', '-l'] }, image)
  expect(commandOf(cleared)).toEqual({ path: 'ls', args: ['-l'] })
})

it('refuses a container without a command and a relative working directory', () => {
  expect(() => checkConfig({})).toThrow('No command specified')
  expect(() => checkConfig({ Cmd: ['x'], WorkingDir: 'a' })).toThrow('absolute path')
  expect(() => checkConfig({ Cmd: ['x'], Env: ['=a'] })).toThrow('invalid environment variable')
})

it('keeps what it does not know of a host config, after what it knows', () => {
  const ordered = orderHostConfig({ Memory: 100, Annotations: { a: 'b' } })
  expect(ordered).toMatchObject({ MemorySwap: 200, ShmSize: 67_108_864, IpcMode: 'private' })
  expect(Object.keys(ordered).pop()).toBe('Annotations')
  expect(orderHostConfig({ Privileged: true })).toMatchObject({
    SecurityOpt: ['label=disable'],
    MaskedPaths: null,
  })
  expect(() => checkHostConfig({ RestartPolicy: { Name: 'sometimes' } })).toThrow(
    "invalid restart policy 'sometimes'",
  )
  expect(() => checkHostConfig({ AutoRemove: true, RestartPolicy: { Name: 'always' } })).toThrow(
    "can't create 'AutoRemove' container with restart policy",
  )
})

it('checks names and makes them up', () => {
  expect(() => checkName('bad name')).toThrow('Invalid container name (bad name)')
  expect(() => checkName('x')).toThrow('Invalid container name')
  checkName('good_name-1.2')
  const taken = new Set<string>()
  for (let count = 0; count < 500; count++) {
    const name = madeUpName((candidate) => taken.has(candidate))
    checkName(name)
    taken.add(name)
  }
  expect(taken.size).toBe(500)
  expect(newId()).toMatch(/^[0-9a-f]{64}$/)
})
