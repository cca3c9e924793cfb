/** Errors of a registry, with the words that dockerd has for them: the docker CLI shows those. */
import { LaminaError, type ErrorCode } from '@shared/errors'

type Params = Record<string, string>

/** dockerd's sentence for a code (moby distribution/errors.go, registry/auth.go, Go's net/http). */
const WORDING: Partial<Record<ErrorCode, (params: Params) => string>> = {
  registry_unreachable: ({ address, reason }) =>
    `Get "https://${address}/v2/": dial tcp: connect: ${reason ?? 'connection refused'}`,
  registry_speaks_http: ({ address }) =>
    `Get "https://${address}/v2/": http: server gave HTTP response to HTTPS client`,
  registry_speaks_https: ({ address }) =>
    `Get "http://${address}/v2/": Client sent an HTTP request to an HTTPS server.`,
  registry_certificate: ({ address, reason }) =>
    `Get "https://${address}/v2/": x509: ${reason ?? 'certificate signed by unknown authority'}`,
  registry_unauthorized: () => 'unauthorized: authentication required',
  registry_login_expired: () => 'unauthorized: authentication required',
  registry_login_required: () => 'no basic auth credentials',
  registry_denied: () => 'denied: requested access to the resource is denied',
  registry_not_one: ({ address }) =>
    `error parsing HTTP 404 response body of https://${address}/v2/`,
  registry_rate_limited: ({ message }) => `toomanyrequests: ${message ?? ''}`,
  manifest_unknown: ({ address, reference }) =>
    `manifest for ${address}/${reference} not found: manifest unknown: manifest unknown`,
  digest_mismatch: () => 'filesystem layer verification failed: digest mismatch',
}

/** As `new LaminaError`, with dockerd's wording (`docker`, or that of the code) in its parameters. */
export function registryError(
  code: ErrorCode,
  params: Params = {},
  {
    cause,
    docker = WORDING[code]?.(params),
  }: { cause?: unknown; docker?: string | undefined } = {},
): LaminaError {
  return new LaminaError(code, docker === undefined ? params : { ...params, docker }, { cause })
}
