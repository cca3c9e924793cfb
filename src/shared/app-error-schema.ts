/** An error that came from another process, checked. Apart from the table, which the interface loads without zod. */
import { z } from 'zod'
import { ERRORS } from './error-table'
import type { ErrorCode } from './errors'

export const appErrorSchema = z.object({
  code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
  params: z.record(z.string(), z.string()),
  cause: z.string().nullable(),
})
