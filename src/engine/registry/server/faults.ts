/**
 * Everything that this registry refuses, as the distribution spec's error codes (spec.md, "Error
 * Codes"), which may be no others, with the statuses that docker-registry gives them. TAG_INVALID is
 * the one of Docker's that the spec allows; UNKNOWN is for our own failures (5xx).
 */

/** Code: its HTTP status and its sentence. */
const FAULTS = {
  BLOB_UNKNOWN: [404, 'blob unknown to registry'],
  BLOB_UPLOAD_INVALID: [400, 'blob upload invalid'],
  BLOB_UPLOAD_UNKNOWN: [404, 'blob upload unknown to registry'],
  DENIED: [403, 'requested access to the resource is denied'],
  DIGEST_INVALID: [400, 'provided digest did not match uploaded content'],
  MANIFEST_BLOB_UNKNOWN: [400, 'manifest references a manifest or blob unknown to registry'],
  MANIFEST_INVALID: [400, 'manifest invalid'],
  MANIFEST_UNKNOWN: [404, 'manifest unknown to registry'],
  NAME_INVALID: [400, 'invalid repository name'],
  NAME_UNKNOWN: [404, 'repository name not known to registry'],
  SIZE_INVALID: [400, 'provided length did not match content length'],
  TAG_INVALID: [400, 'invalid tag'],
  TOOMANYREQUESTS: [429, 'too many requests'],
  UNAUTHORIZED: [401, 'authentication required'],
  UNKNOWN: [500, 'the registry failed'],
  UNSUPPORTED: [405, 'the operation is unsupported'],
} as const satisfies Record<string, readonly [status: number, message: string]>

export type FaultCode = keyof typeof FAULTS

interface FaultOptions {
  detail?: unknown
  /** Another status than the code's own. */
  status?: number
  /** Names and values of headers, in turn. */
  headers?: readonly string[]
}

/** A request that is refused; its answer is the spec's JSON of errors. */
export class Fault extends Error {
  readonly status: number
  readonly headers: readonly string[]
  readonly errors: { code: FaultCode; message: string; detail?: unknown }[]

  constructor(code: FaultCode, { detail, status, headers = [] }: FaultOptions = {}) {
    super(FAULTS[code][1])
    this.status = status ?? FAULTS[code][0]
    this.headers = headers
    this.errors = [{ code, message: FAULTS[code][1], ...(detail !== undefined && { detail }) }]
  }

  /** One answer with an error for each detail. */
  static each(code: FaultCode, details: readonly unknown[]): Fault {
    const fault = new Fault(code)
    fault.errors.splice(0)
    for (const detail of details) fault.errors.push({ code, message: fault.message, detail })
    return fault
  }

  body(): Buffer {
    return Buffer.from(JSON.stringify({ errors: this.errors }))
  }
}
