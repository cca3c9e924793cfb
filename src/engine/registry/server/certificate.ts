/** Certificates of the registry: read and checked, or made on the spot and signed by themselves. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { LaminaError } from '@shared/errors'
import type { CertificateInfo } from '@shared/registry-server'
import { isMissing, makeFolder, onDisk, writeFileAtomic } from '../../blob/disk'

/** Apple's systems take none that is valid for longer than 825 days. */
const DAYS = 825
const DAY = 24 * 60 * 60 * 1000

/** What to give to whoever shall trust it, beside the key that nobody else may read. */
const CERTIFICATE = 'tls.crt'
const KEY = 'tls.key'

/**
 * Makes `tls.crt` and `tls.key` in a folder, for host names and addresses. It is its own authority: a
 * client trusts the registry by this very file, as `ca.crt`.
 */
export async function makeCertificate(
  folder: string,
  names: readonly string[],
): Promise<CertificateInfo> {
  const [first] = names
  if (first === undefined) {
    throw new LaminaError('invalid_input', { field: 'names', reason: 'there is none' })
  }
  // Loaded when it is wanted: it is large.
  const { generate } = await import('selfsigned')
  const made = await generate([{ name: 'commonName', value: first.slice(0, 64) }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - DAY),
    notAfterDate: new Date(Date.now() + (DAYS - 1) * DAY),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: names.map((name) =>
          isIP(name) === 0 ? { type: 2 as const, value: name } : { type: 7 as const, ip: name },
        ),
      },
    ],
  })
  await makeFolder(folder)
  await writeFileAtomic(folder, join(folder, KEY), withNewline(made.private))
  await writeFileAtomic(folder, join(folder, CERTIFICATE), withNewline(made.cert))
  return readCertificate(join(folder, CERTIFICATE))
}

/** @throws LaminaError file_missing, registry_certificate_bad, permission_denied */
export async function readCertificate(path: string): Promise<CertificateInfo> {
  const parsed = parse(path, await read(path))
  return {
    path,
    names: namesOf(parsed),
    expires: new Date(parsed.validTo).getTime(),
    fingerprint: parsed.fingerprint256,
    pem: withNewline(parsed.toString()),
  }
}

/**
 * Both as PEM, seen to belong together and to be valid today.
 * @throws LaminaError file_missing, registry_certificate_bad, registry_certificate_expired
 */
export async function readTlsPair(files: {
  certificate: string
  key: string
}): Promise<{ certificate: string; key: string }> {
  const certificate = await read(files.certificate)
  const key = await read(files.key)
  const parsed = parse(files.certificate, certificate)
  let fits: boolean
  try {
    fits = parsed.checkPrivateKey(createPrivateKey(key))
  } catch (cause) {
    throw bad(files.key, cause)
  }
  if (!fits) throw bad(files.key, new Error(`it is not the key of ${files.certificate}`))
  const end = new Date(parsed.validTo)
  if (end.getTime() < Date.now()) {
    const date = end.toISOString().slice(0, 10)
    throw new LaminaError('registry_certificate_expired', { path: files.certificate, date })
  }
  return { certificate, key }
}

function parse(path: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (cause) {
    throw bad(path, cause)
  }
}

function bad(path: string, cause: unknown): LaminaError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new LaminaError('registry_certificate_bad', { path, reason }, { cause })
}

/** `DNS:nas.lan, IP Address:10.0.0.2` as names. */
function namesOf({ subjectAltName }: X509Certificate): string[] {
  return (subjectAltName ?? '')
    .split(', ')
    .map((entry) => entry.replace(/^(?:DNS|IP Address):/, ''))
    .filter((name) => name !== '')
}

const withNewline = (text: string) => `${text.trim().replace(/\r\n/g, '\n')}\n`

function read(path: string): Promise<string> {
  return onDisk(path, async () => {
    try {
      return await readFile(path, 'utf8')
    } catch (cause) {
      if (isMissing(cause)) throw new LaminaError('file_missing', { path }, { cause })
      throw cause
    }
  })
}
