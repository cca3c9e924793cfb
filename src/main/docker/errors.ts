/**
 * What goes wrong between Lamina and an engine, turned into the codes of shared/errors.ts. Docker
 * has no error codes of its own: an HTTP status and an English sentence, or a sentence in a stream
 * that began with status 200. The sentences below were seen with dockerd 20.10 and 28, Podman 4
 * and docker-registry 2.8.
 */
import { LaminaError, type ErrorCode } from '@shared/errors'

/** What the request was about; it fills the sentences of the error table. */
export interface ErrorContext {
  /** Address of the engine. */
  address: string
  /** The image, container or volume that was asked for. */
  name?: string
  /** Registry host, for pulls and pushes. */
  registry?: string
  /** Repository path in the registry. */
  repository?: string
  /** File name of an archive that is being loaded or imported. */
  archive?: string
  /** What the engine fetches itself. */
  url?: string
  /** Where the engine keeps its data. */
  rootDir?: string | null
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTSOCK',
])
const FORBIDDEN = new Set(['EACCES', 'EPERM'])
const LOST = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'HPE_INVALID_EOF_STATE',
  'ERR_STREAM_DESTROYED',
])

/** An error of the connection: nothing came back, or it broke off in the middle. */
export function connectionError(thrown: unknown, context: ErrorContext): LaminaError {
  if (thrown instanceof LaminaError) return thrown
  const code = errno(thrown)
  const { address } = context
  if (FORBIDDEN.has(code)) {
    return new LaminaError('engine_permission', { address }, { cause: thrown })
  }
  if (UNREACHABLE.has(code)) {
    return new LaminaError('engine_unreachable', { address }, { cause: thrown })
  }
  if (LOST.has(code)) return new LaminaError('engine_lost', {}, { cause: thrown })
  return new LaminaError('internal', {}, { cause: thrown })
}

/** An answer with a status of 400 or more. `message` is the body's `message`, or the body. */
export function statusError(status: number, message: string, context: ErrorContext): LaminaError {
  const cause = `HTTP ${status}: ${message}`
  if (status === 501) return new LaminaError('engine_cannot_run', {}, { cause })
  if (status === 409) {
    const taken = /name "?\/?([^"\s]+)"? is already in use/i.exec(message)
    if (taken) return new LaminaError('name_in_use', { name: taken[1] as string }, { cause })
    return new LaminaError('conflict', { message }, { cause })
  }
  if (status === 404 && context.registry === undefined && context.url === undefined) {
    return new LaminaError('not_found', { name: context.name ?? message }, { cause })
  }
  return messageError(message, context, cause)
}

/** A sentence of Docker, from an error's body or from the middle of a progress stream. */
export function messageError(
  message: string,
  context: ErrorContext,
  cause: string = message,
): LaminaError {
  for (const rule of RULES) {
    if (rule.needs && context[rule.needs] === undefined) continue
    if (rule.when.test(message)) {
      return new LaminaError(rule.code, parameters(rule.code, message, context), { cause })
    }
  }
  if (context.registry !== undefined) {
    return new LaminaError('registry_failed', { address: context.registry, message }, { cause })
  }
  return new LaminaError('engine_refused', { message }, { cause })
}

interface Rule {
  when: RegExp
  code: ErrorCode
  /** The rule counts only where the request was about this. */
  needs?: 'registry' | 'archive' | 'url'
}

// The first that matches wins: what is most exact stands first.
const RULES: Rule[] = [
  { when: /no space left on device|disk quota exceeded/i, code: 'disk_full' },
  { when: /read-only file system/i, code: 'read_only' },
  {
    when: /server gave HTTP response to HTTPS client/i,
    code: 'registry_speaks_http',
    needs: 'registry',
  },
  {
    when: /HTTP request to an HTTPS server|malformed HTTP response "\\x15/i,
    code: 'registry_speaks_https',
    needs: 'registry',
  },
  {
    when: /unknown manifest class for application\/vnd\.(?:oci\.empty|in-toto)/i,
    code: 'registry_refused_attested',
    needs: 'registry',
  },
  { when: /x509:|certificate/i, code: 'registry_certificate', needs: 'registry' },
  {
    when: /manifest unknown|manifest for .* not found|MANIFEST_UNKNOWN|name unknown|: not found$/i,
    code: 'manifest_unknown',
    needs: 'registry',
  },
  {
    when: /denied: |access denied|insufficient_scope|403 Forbidden/i,
    code: 'registry_denied',
    needs: 'registry',
  },
  {
    when: /no basic auth credentials|unauthorized|authentication required|incorrect username or password|401 /i,
    code: 'registry_unauthorized',
    needs: 'registry',
  },
  {
    when: /invalid character '<'|error parsing HTTP 404|404 page not found|unsupported content type|405 Method/i,
    code: 'registry_not_one',
    needs: 'registry',
  },
  {
    when: /dial tcp|connection refused|no such host|timeout|deadline exceeded|connection reset|is unreachable|\bEOF\b/i,
    code: 'registry_unreachable',
    needs: 'registry',
  },
  {
    when: /cannot download|failed to GET|dial tcp|lookup .*: |no such host|x509:|Client\.Timeout|Get "/i,
    code: 'download_failed',
    needs: 'url',
  },
  { when: /filesystem layer verification failed|digest mismatch/i, code: 'digest_mismatch' },
  { when: /invalid reference format|invalid tag format/i, code: 'reference_invalid' },
  {
    when: /manifest\.json|docker-import-\S*: no such file|invalid archive|oci-layout|unsupported format/i,
    code: 'archive_unsupported',
    needs: 'archive',
  },
  {
    when: /archive\/tar|EOF|tar header|gzip|flate|zstd|bzip2|xz|invalid diffID|checksum|processing tar|digest/i,
    code: 'archive_corrupted',
    needs: 'archive',
  },
  { when: /no such (image|container|volume)|does not exist locally/i, code: 'not_found' },
]

function parameters(
  code: ErrorCode,
  message: string,
  context: ErrorContext,
): Record<string, string> {
  switch (code) {
    case 'disk_full':
    case 'read_only':
      return { path: context.rootDir ?? context.address }
    case 'reference_invalid':
      return { reference: context.name ?? message }
    case 'not_found':
      return { name: context.name ?? message }
    case 'archive_corrupted':
    case 'archive_unsupported':
      return { name: context.archive ?? '', reason: message }
    case 'digest_mismatch':
      return {}
    case 'download_failed':
      return { url: context.url ?? '', reason: message }
    default:
      return {
        address: context.registry ?? '',
        repository: context.repository ?? '',
        reference: context.name ?? '',
        message,
      }
  }
}

/** `code` of a Node error, also where it is wrapped ("aborted" has ECONNRESET). */
function errno(thrown: unknown): string {
  if (!(thrown instanceof Error)) return ''
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code
  return /socket hang up|aborted/.test(thrown.message) ? 'ECONNRESET' : ''
}
