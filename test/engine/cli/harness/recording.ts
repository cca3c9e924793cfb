import type { RunResult } from '../../../support/run'
import { maskRandomNames, type Normaliser } from './normalise'

/** How one command's output is recorded; everything is compared unless it says otherwise. */
export interface Recording {
  input?: string | Buffer
  cwd?: string
  env?: Record<string, string>
  /** `lines`: in order (default); `sorted`: order may differ; `json`: parsed; `none`: left out. */
  out?: 'lines' | 'sorted' | 'json' | 'none'
  err?: 'lines' | 'sorted' | 'none'
  /** Standard output goes through a pipe into this file of the case's folder. */
  pipeTo?: string
  /** The output tells of layers on their way: only how each of them ended is compared. */
  finals?: boolean
  /** Names made by chance are in the output. */
  randomNames?: boolean
}

/** Steps of a push or a pull: which of them are told is a matter of speed. */
const UNDER_WAY =
  /: (?:Preparing|Waiting|Pushing|Pulling fs layer|Verifying Checksum|Download complete|Downloading|Extracting)\b/

const LISTS_IMAGES = /^(?:images|ls|list)$/
const IMAGE_ID = /\b[0-9a-f]{12,64}\b/

/** dockerd lists the names of one image in an order of chance: rows of one id that follow each other, sorted. */
function inOrder(rows: readonly string[]): string[] {
  const idOf = (row = ''): string | undefined => IMAGE_ID.exec(row)?.[0]
  const ordered: string[] = []
  for (let at = 0; at < rows.length;) {
    let end = at + 1
    while (idOf(rows[at]) !== undefined && end < rows.length && idOf(rows[end]) === idOf(rows[at]))
      end++
    ordered.push(...rows.slice(at, end).sort())
    at = end
  }
  return ordered
}

/** One command as it stands in a transcript. */
export function describeStep(
  args: readonly string[],
  result: RunResult,
  how: Recording,
  normaliser: Normaliser,
): unknown {
  const mask = (text: string): string => (how.randomNames ? maskRandomNames(text) : text)
  const { out = 'lines', err = 'lines' } = how
  const kept = result.stderr.replace(/^WARNING: (?:Your kernel|No swap).*\n/gm, '')
  return {
    $: mask(normaliser.text(`docker ${args.join(' ')}`)),
    exit: result.code,
    ...(out === 'none' ? {} : { out: out === 'json' ? json() : lines(result.stdout, out) }),
    ...(err === 'none' ? {} : { err: lines(kept, err) }),
  }

  function lines(text: string, order: 'lines' | 'sorted'): unknown[] {
    let all = text.split(/\r?\n/)
    if (all.at(-1) === '') all.pop()
    if (how.finals) {
      all = all.filter((line) => !UNDER_WAY.test(line)).map(settled)
    }
    if (args.some((word) => LISTS_IMAGES.test(word))) all = inOrder(all)
    const tidy = all.map((line) => mask(line).replace(/ {2,}/g, '  ').trimEnd())
    return order === 'sorted' ? normaliser.list(tidy) : tidy.map(normaliser.text)
  }

  function json(): unknown {
    if (result.code !== 0) return lines(result.stdout, 'lines')
    return normaliser.json(parseJson(mask(result.stdout)))
  }
}

/** How a layer or a manifest got where it is now, without what depends on earlier pushes. */
function settled(line: string): string {
  return (
    line
      // The manifest's length depends on how many digits the compressed sizes have.
      .replace(/ size: \d+$/, ' size: <size>')
      .replace(/^(Sending build context to Docker daemon).*/, '$1')
      // An engine that remembers where a layer has been has it mounted instead of sending it.
      .replace(/: (?:Pushed|Mounted from \S+)$/, ': Pushed or mounted')
  )
}

/** One JSON value, or one a line. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line): unknown => JSON.parse(line))
  }
}
