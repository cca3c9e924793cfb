/**
 * Docker's progress streams: JSON objects, one a line, ending in `\r\n` (API reference, "Create an
 * image"). An error arrives as a line, too, under status 200.
 */
import { StringDecoder } from 'node:string_decoder'
import { z } from 'zod'
import { appErrorSchema } from '@shared/app-error-schema'

const bytes = z.number().nullish()

export const progressLineSchema = z.object({
  id: z.string().nullish(),
  status: z.string().nullish(),
  /** Of load and build. */
  stream: z.string().nullish(),
  progressDetail: z.object({ current: bytes, total: bytes }).nullish(),
  error: z.string().nullish(),
  errorDetail: z.object({ message: z.string().nullish() }).nullish(),
  /** The same error with its code: of the bundled engine, which knows it. */
  appError: appErrorSchema.optional().catch(undefined),
  aux: z.looseObject({}).nullish(),
})
export type ProgressLine = z.output<typeof progressLineSchema>

/** Longest line that is kept; a stream without line ends is not a progress stream. */
const MAX_LINE = 4 * 1024 * 1024

/** The lines of a stream of JSON values, checked by `schema`; what is not JSON is thrown. */
export async function* jsonLines<S extends z.ZodType>(
  stream: AsyncIterable<Uint8Array | string>,
  schema: S,
): AsyncGenerator<z.output<S>> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const chunk of stream) {
    rest += typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk))
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > MAX_LINE) throw new Error('a progress line without an end')
    for (const line of lines) if (line.trim() !== '') yield schema.parse(JSON.parse(line))
  }
  rest += decoder.end()
  if (rest.trim() !== '') yield schema.parse(JSON.parse(rest))
}

/** The sentence of an error line, or null. */
export function lineError(line: ProgressLine): string | null {
  return line.errorDetail?.message ?? line.error ?? null
}
