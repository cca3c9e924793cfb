/** ADD of a URL: the file comes into a source of its own, of mode 0600, with the server's time. */
import { LaminaError } from '@shared/errors'
import { moment } from '../container/fs/entries'
import { makeEntry } from '../layer/make-entry'
import { refused } from '../container/wording'
import { Draft, EMPTY_TREE, type ScratchFile } from './draft'
import type { CopyItem } from './find-items'
import { ImageSource } from './sources'

/** The path of a file for which neither its address nor the server has a name. */
export const UNNAMED = '__unnamed__'
/** dockerd shows at most this much of what a server says with a failure. */
const MAX_REASON = 64 * 1024

export function isUrl(word: string): boolean {
  return word.startsWith('http://') || word.startsWith('https://')
}

/** @throws LaminaError engine_refused when the server does not give it, cancelled */
export async function download(
  url: string,
  scratch: ScratchFile,
  signal?: AbortSignal,
): Promise<CopyItem> {
  const answer = await get(url, signal)
  const offset = scratch.position
  try {
    for await (const chunk of answer.body ?? []) await scratch.append(chunk)
  } catch (cause) {
    throw signal?.aborted ? new LaminaError('cancelled') : refused(reasonOf(cause))
  }
  const size = scratch.position - offset
  const path = nameOf(url, answer) || UNNAMED
  const modified = Date.parse(answer.headers.get('last-modified') ?? '')
  const time = moment(Number.isNaN(modified) ? 0 : modified)
  const entry = makeEntry({ path, type: 'file', mode: 0o600, size, stored: size, ...time })
  const draft = new Draft(EMPTY_TREE)
  draft.put(entry, size > 0 ? { file: scratch.path, offset, length: size } : null)
  const source = new ImageSource(draft.overlay)
  return { source, path, hash: await source.hash(path), packed: true }
}

async function get(url: string, signal?: AbortSignal): Promise<Response> {
  let answer: Response
  try {
    answer = await fetch(url, signal ? { signal } : {})
  } catch (cause) {
    if (signal?.aborted) throw new LaminaError('cancelled')
    throw refused(`Get ${JSON.stringify(url)}: ${reasonOf(cause)}`)
  }
  if (answer.status < 400) return answer
  const said = (await answer.text().catch(() => '')).slice(0, MAX_REASON).trim()
  throw refused(`failed to GET ${url} with status ${answer.status} ${answer.statusText}: ${said}`)
}

/** By the address, else by what the server calls it; '' when neither says. */
function nameOf(url: string, answer: Response): string {
  const disposition = answer.headers.get('content-disposition') ?? ''
  const [, quoted, bare] = /;\s*filename\s*=\s*(?:"([^"]*)"|([^;\s]+))/i.exec(disposition) ?? []
  return lastPart(decoded(new URL(url).pathname)) || lastPart(quoted ?? bare ?? '')
}

function lastPart(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return name === '.' || name === '..' ? '' : name
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    // Not text: the name is as the address has it.
    return path
  }
}

function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  return inner instanceof Error ? inner.message : String(inner)
}
