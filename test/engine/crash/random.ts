/** A small generator of numbers (mulberry32), so that a run can be repeated by its seed. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from 0 to before `below`. */
  below(below: number): number {
    return Math.floor(this.next() * below)
  }

  /** Bytes that no other call gives, half of which pack well. */
  bytes(length: number): Buffer {
    const data = Buffer.alloc(length, String(this.next()))
    for (let at = 0; at + 4 <= length; at += 8) data.writeUInt32LE(this.below(2 ** 32), at)
    return data
  }
}
