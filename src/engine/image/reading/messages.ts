/**
 * What goes between the engine and a thread that reads layers. Bytes lie in shared memory, in slots
 * that are used in turns; messages only say which.
 */
import type { AppError } from '@shared/errors'
import type { ReadingOptions, ReadTar } from './tar-reading'

/** Bytes of a slot, and how many a reading has: one MiB is on its way at most. */
export const SLOT = 256 * 1024
export const SLOTS = 4

export type ToThread = { id: number } & (
  | { do: 'begin'; options: Omit<ReadingOptions, 'progress'>; memory: SharedArrayBuffer }
  | { do: 'write'; slot: number; length: number }
  | { do: 'end' }
  | { do: 'destroy' }
)

export type FromThread = { id: number } & (
  | { said: 'written'; slot: number; position: number }
  /** The index is the memory of a `PackedIndex`. */
  | { said: 'read'; tar: ReadTar<ArrayBuffer> }
  | { said: 'failed'; error: AppError }
)
