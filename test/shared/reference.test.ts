import { describe, expect, it } from 'vitest'
import { familiarReference, fullReference, parseReference } from '@shared/reference'

const SHA = 'a'.repeat(64)

function full(input: string): string {
  const parsed = parseReference(input)
  if (!parsed.ok) throw new Error(`${input}: ${parsed.problem}`)
  return fullReference(parsed.reference)
}

describe('a reference is read as the docker CLI reads it', () => {
  it.each([
    ['busybox', 'docker.io/library/busybox:latest'],
    ['busybox:1.36', 'docker.io/library/busybox:1.36'],
    ['fooo/bar', 'docker.io/fooo/bar:latest'],
    ['index.docker.io/library/debian', 'docker.io/library/debian:latest'],
    ['localhost/fooo', 'localhost/fooo:latest'],
    ['Foo/bar', 'Foo/bar:latest'],
    ['LOCALDOMAIN/debian', 'LOCALDOMAIN/debian:latest'],
    ['test.com:5000', 'docker.io/library/test.com:5000'],
    ['192.168.0.1:80', 'docker.io/library/192.168.0.1:80'],
    [`test:5000/repo:tag@sha256:${SHA}`, `test:5000/repo:tag@sha256:${SHA}`],
    [`repo@sha256:${SHA}`, `docker.io/library/repo@sha256:${SHA}`],
    ['[2001:db8::1]:5000/repo', '[2001:db8::1]:5000/repo:latest'],
    ['docker---rules/docker', 'docker.io/docker---rules/docker:latest'],
    ['dock__er/docker', 'docker.io/dock__er/docker:latest'],
    ['d/docker', 'docker.io/d/docker:latest'],
    ['lowercase:Uppercase', 'docker.io/library/lowercase:Uppercase'],
    ['127.0.0.1:5000/mhk/debian:1.3', '127.0.0.1:5000/mhk/debian:1.3'],
    [`docker.io/${SHA}`, `docker.io/library/${SHA}:latest`],
  ])('%s is %s', (input, expected) => expect(full(input)).toBe(expected))

  it.each([
    ['', 'empty'],
    [':justtag', 'path'],
    [`@sha256:${SHA}`, 'path'],
    ['aa/asdf$$^/aa', 'path'],
    ['[fc00::1]:5000', 'path'],
    ['https://github.com/docker/docker', 'scheme'],
    ['docker/Docker', 'uppercase'],
    ['Uppercase:tag', 'uppercase'],
    ['-docker/docker', 'path'],
    ['docker-/docker', 'path'],
    ['_docker/_docker', 'path'],
    ['dock..er/x', 'path'],
    ['dock_.er/x', 'path'],
    ['docker/', 'path'],
    ['docker///docker', 'path'],
    [SHA, 'hex-id'],
    ['repo@sha256:ffffffffffffffffffffffffffffffffff', 'digest-length'],
    ['x@invaliddigest:d6a5', 'digest-algorithm'],
    ['repo:', 'tag'],
    ['repo:-x', 'tag'],
    [`${'a/'.repeat(128)}a`, 'too-long'],
  ])('%s is refused: %s', (input, problem) =>
    expect(parseReference(input)).toEqual({ ok: false, problem }),
  )

  it('is shown without docker.io and library', () => {
    const short = (input: string) => {
      const parsed = parseReference(input)
      return parsed.ok ? familiarReference(parsed.reference) : parsed.problem
    }
    expect(short('docker.io/library/busybox')).toBe('busybox:latest')
    expect(short('docker.io/library/a/b')).toBe('library/a/b:latest')
    expect(short('127.0.0.1:5000/a:1')).toBe('127.0.0.1:5000/a:1')
  })
})
