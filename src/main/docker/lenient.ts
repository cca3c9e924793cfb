/** Pieces of Docker's answers that may be missing, null, or in an older form. */
import { z } from 'zod'

/** A list that Go writes as `null` when it is empty. */
export const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((value) => value ?? [])
export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')
export const size = z
  .number()
  .nullish()
  .transform((value) => value ?? 0)
export const keys = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((value) => Object.keys(value ?? {}))
export const labels = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {})
/** A command: a list, or one string in very old images. */
export const words = z
  .union([z.array(z.string()), z.string()])
  .nullish()
  .transform((value) => (typeof value === 'string' ? [value] : (value ?? [])))
