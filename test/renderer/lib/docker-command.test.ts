import { describe, expect, it } from 'vitest'
import { dockerCommands, joinLines, type DockerCommand } from '@/lib/docker-command'

const docker = dockerCommands([])
const id = 'sha256:abc'

describe('dockerCommands', () => {
  it.each<[DockerCommand, string]>([
    [docker.images(), 'docker images'],
    [docker.systemDf(), 'docker system df'],
    [docker.tag(id, 'team/app:1'), 'docker tag sha256:abc team/app:1'],
    [docker.removeImages(['a:1', 'b:2'], false), 'docker rmi a:1 b:2'],
    [docker.removeImages(['a:1'], true), 'docker rmi -f a:1'],
    [docker.save(['a:1'], 'my file.tar'), "docker save -o 'my file.tar' a:1"],
    [docker.load('a.tar'), 'docker load -i a.tar'],
    [docker.importRootfs('r.tar', 'a:1', 'my base'), "docker import -m 'my base' r.tar a:1"],
    [docker.importRootfs('r.tar', 'a:1', ''), 'docker import r.tar a:1'],
    [docker.pull('busybox'), 'docker pull busybox'],
    [docker.push('r:5000/a:1'), 'docker push r:5000/a:1'],
    [docker.push('r:5000/a:1', 'a:1'), 'docker tag a:1 r:5000/a:1 && docker push r:5000/a:1'],
    [
      docker.create('a:1', 'web', ['sh', '-c', 'echo "hi"']),
      `docker create --name web a:1 sh -c 'echo "hi"'`,
    ],
    [docker.create('a:1', '', []), 'docker create a:1'],
    [
      docker.commit({
        container: 'v1',
        reference: 'a:1',
        author: "O'Neil",
        message: 'add vim',
        pause: false,
      }),
      `docker commit -m 'add vim' -a 'O'\\''Neil' --pause=false v1 a:1`,
    ],
    [
      docker.commit({ container: 'v1', reference: '', author: '', message: '', pause: true }),
      'docker commit v1',
    ],
    [docker.mounts('v1'), "docker inspect --format '{{json .Mounts}}' v1"],
    [docker.removeContainer('v1', { force: true, volumes: true }), 'docker rm -f -v v1'],
    [
      docker.copyInto('v1', '/data', ['a b', 'c']),
      "docker cp 'a b' v1:/data && docker cp c v1:/data",
    ],
    [docker.login('r:5000', 'mhk'), 'docker login -u mhk r:5000'],
    [docker.login('r:5000', null), 'docker login r:5000'],
  ])('writes %#', (command, line) => {
    expect(joinLines(command)).toBe(line)
    expect(command.match).toBe('same')
  })

  it('names the engine where the plain command would reach another one', () => {
    const other = dockerCommands(['-H', 'unix:///tmp/my engine.sock'])
    expect(joinLines(other.push('a:1', 'b:1'))).toBe(
      "docker -H 'unix:///tmp/my engine.sock' tag b:1 a:1 && docker -H 'unix:///tmp/my engine.sock' push a:1",
    )
  })

  it('never passes the nearest command off as the same', () => {
    expect(docker.imageFiles('a:1').match).toBe('nearest')
    expect(docker.directPush('r:5000/a:1', 'a:1')).toEqual({
      lines: ['docker tag a:1 r:5000/a:1', 'docker push r:5000/a:1'],
      match: 'nearest',
    })
    expect(docker.catalog('http', 'r:5000').match).toBe('nearest')
    expect(docker.registrySettings()).toEqual({
      lines: ["docker info --format '{{json .RegistryConfig}}'"],
      match: 'nearest',
    })
    expect(docker.byHand(['systemctl reload docker']).match).toBe('nearest')
    expect(docker.none()).toEqual({ lines: [], match: 'none' })
  })
})
