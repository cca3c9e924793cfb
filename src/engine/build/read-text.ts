/** Small files of a context or an image as text. */
import { bytesOf } from '../container/fs/host-tree'
import type { Item } from '../container/fs/tree'
import { refused } from '../container/wording'

/** Longest Dockerfile, .dockerignore or passwd that is read, bytes. */
const MAX_TEXT = 4 * 1024 * 1024

/** @throws LaminaError engine_refused when it is too long to be one */
export async function readText({ entry, content }: Item): Promise<string> {
  if (entry.size > MAX_TEXT) throw refused(`/${entry.path} is larger than ${MAX_TEXT} bytes`)
  const chunks: Buffer[] = []
  for await (const chunk of bytesOf(content)) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
