/** ADD of a URL: the file comes into a source of its own, of mode 0600, with the server's time. */
import { moment } from '../container/fs/entries'
import { makeEntry } from '../container/fs/entries'
import { refused } from '../container/wording'
import type { Build } from './builder'
import type { CopyItem } from './copy'
import { Draft, EMPTY_TREE } from './draft'
import { ImageSource } from './sources'

export async function download(url: string, target: string, build: Build): Promise<CopyItem> {
  const { scratch, signal } = build
  const name = decodeURIComponent(new URL(url).pathname).split('/').filter(Boolean).pop() ?? ''
  if (name === '' && target.endsWith('/')) {
    throw refused(`cannot determine filename for source ${url}`)
  }
  const path = name === '' ? 'downloaded' : name
  let answer: Response
  try {
    answer = await fetch(url, signal ? { signal } : {})
  } catch (cause) {
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : ''
    throw refused(`Get ${JSON.stringify(url)}: ${reason || String(cause)}`)
  }
  if (!answer.ok || !answer.body) {
    throw refused(`failed to GET ${url} with status ${answer.status} ${answer.statusText}: `)
  }
  const offset = scratch.position
  for await (const chunk of answer.body) await scratch.append(chunk)
  const length = scratch.position - offset
  await build.print('\n')
  const draft = new Draft(EMPTY_TREE)
  const modified = Date.parse(answer.headers.get('last-modified') ?? '')
  const time = moment(Number.isNaN(modified) ? 0 : modified)
  const entry = makeEntry({
    path,
    type: 'file',
    mode: 0o600,
    size: length,
    stored: length,
    ...time,
  })
  draft.put(entry, length > 0 ? { file: scratch.path, offset, length } : null)
  const source = new ImageSource(draft.overlay)
  return { source, path, hash: await source.hash(path), packed: true }
}
