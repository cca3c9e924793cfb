import { describe, expect, it } from 'vitest'
import { connectionError, messageError, statusError } from '../../../src/main/docker/errors'
import { LaminaError } from '../../../src/shared/errors'

const ENGINE = { address: 'unix:///var/run/docker.sock', rootDir: '/var/lib/docker' }
const REGISTRY = {
  ...ENGINE,
  name: 'reg.lab:5000/a/b:1',
  registry: 'reg.lab:5000',
  repository: 'a/b',
}
const ARCHIVE = { ...ENGINE, archive: 'x.tar' }

function failure(code: string, message = code): Error {
  return Object.assign(new Error(message), { code })
}

describe('of the connection', () => {
  it.each([
    ['ECONNREFUSED', 'engine_unreachable'],
    ['ENOENT', 'engine_unreachable'],
    ['ENOTFOUND', 'engine_unreachable'],
    ['EACCES', 'engine_permission'],
    ['ECONNRESET', 'engine_lost'],
    ['EPIPE', 'engine_lost'],
    ['ERR_STREAM_PREMATURE_CLOSE', 'engine_lost'],
  ])('%s is %s', (errno, code) => {
    const error = connectionError(failure(errno), ENGINE)
    expect(error.code).toBe(code)
    if (code !== 'engine_lost') expect(error.params).toEqual({ address: ENGINE.address })
  })

  it('knows a hang-up without a code, leaves what has one, and hides no bug', () => {
    expect(connectionError(new Error('socket hang up'), ENGINE).code).toBe('engine_lost')
    const own = new LaminaError('disk_full', { path: '/x' })
    expect(connectionError(own, ENGINE)).toBe(own)
    expect(connectionError(new TypeError('x is not a function'), ENGINE).code).toBe('internal')
  })
})

describe('of a status', () => {
  it.each([
    [404, 'No such container: web', { ...ENGINE, name: 'web' }, 'not_found', { name: 'web' }],
    [
      409,
      'Conflict. The container name "/web" is already in use by container "abc". You have to…',
      ENGINE,
      'name_in_use',
      { name: 'web' },
    ],
    [
      409,
      'conflict: unable to remove repository reference "a:1" (must force) - container x is using it',
      ENGINE,
      'conflict',
      {},
    ],
    [501, 'containers cannot run', ENGINE, 'engine_cannot_run', {}],
    [
      500,
      'write /var/lib/docker/x: no space left on device',
      ENGINE,
      'disk_full',
      { path: '/var/lib/docker' },
    ],
    [400, 'No command specified', ENGINE, 'engine_refused', { message: 'No command specified' }],
    [
      404,
      "pull access denied for a/b, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
      REGISTRY,
      'registry_denied',
      { address: 'reg.lab:5000', repository: 'a/b' },
    ],
  ])('%i %s', (status, message, context, code, params) => {
    const error = statusError(status, message, context)
    expect(error.code).toBe(code)
    expect(error.params).toMatchObject(params)
    expect(String(error.cause)).toContain(message)
  })
})

describe('of a progress stream', () => {
  it.each([
    [
      'Get "https://reg.lab:5000/v2/": http: server gave HTTP response to HTTPS client',
      'registry_speaks_http',
    ],
    [
      'Get "http://reg.lab:5000/v2/": net/http: HTTP/1.x transport connection broken: malformed HTTP response "\\x15\\x03\\x01\\x00\\x02\\x02"',
      'registry_speaks_https',
    ],
    [
      'Get "https://reg.lab:5000/v2/": x509: certificate signed by unknown authority',
      'registry_certificate',
    ],
    [
      'tls: failed to verify certificate: x509: certificate is valid for a, not b',
      'registry_certificate',
    ],
    ['no basic auth credentials', 'registry_unauthorized'],
    ['unauthorized: authentication required', 'registry_unauthorized'],
    [
      'Get "https://reg.lab:5000/v2/": unauthorized: incorrect username or password',
      'registry_unauthorized',
    ],
    ['denied: requested access to the resource is denied', 'registry_denied'],
    [
      'manifest invalid: unknown manifest class for application/vnd.oci.empty.v1+json',
      'registry_refused_attested',
    ],
    [
      'manifest for reg.lab:5000/a/b:1 not found: manifest unknown: manifest unknown',
      'manifest_unknown',
    ],
    ['manifest unknown: manifest unknown', 'manifest_unknown'],
    ['name unknown: repository name not known to registry', 'manifest_unknown'],
    [
      'Get "https://reg.lab:5000/v2/": dial tcp 127.0.0.1:5000: connect: connection refused',
      'registry_unreachable',
    ],
    [
      'Get "https://reg.lab:5000/v2/": dial tcp: lookup reg.lab: no such host',
      'registry_unreachable',
    ],
    [
      'Get "https://reg.lab:5000/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
      'registry_unreachable',
    ],
    ['Get "https://reg.lab:5000/v2/": EOF', 'registry_unreachable'],
    [
      'error parsing HTTP 404 response body: invalid character \'<\' looking for beginning of value: "<html>"',
      'registry_not_one',
    ],
    ['toomanyrequests: You have reached your pull rate limit.', 'registry_failed'],
    ['received unexpected HTTP status: 503 Service Unavailable', 'registry_failed'],
    ['write /var/lib/docker/tmp/GetImageBlob: no space left on device', 'disk_full'],
    ['filesystem layer verification failed for digest sha256:abc', 'digest_mismatch'],
  ])('%s', (message, code) => {
    expect(messageError(message, REGISTRY).code).toBe(code)
  })

  it.each([
    ['Error processing tar file(exit status 1): unexpected EOF', 'archive_corrupted'],
    ['archive/tar: invalid tar header', 'archive_corrupted'],
    ['invalid diffID for layer 1: expected "sha256:a", got "sha256:b"', 'archive_corrupted'],
    ['gzip: invalid header', 'archive_corrupted'],
    [
      'open /var/lib/docker/tmp/docker-import-1/repositories: no such file or directory',
      'archive_unsupported',
    ],
    [
      'open /var/lib/docker/tmp/docker-import-1/bin/json: no such file or directory',
      'archive_unsupported',
    ],
    ['write /x/layer.tar: no space left on device', 'disk_full'],
    ['something new', 'engine_refused'],
  ])('of an archive: %s', (message, code) => {
    expect(messageError(message, ARCHIVE).code).toBe(code)
  })

  it('does not take an engine’s own trouble for that of a registry', () => {
    expect(messageError('dial tcp: connection refused', ENGINE).code).toBe('engine_refused')
  })
})
