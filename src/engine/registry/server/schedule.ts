/** Garbage collection from time to time, as long as the server runs. */

const FIRST = 5 * 60 * 1000
const EVERY = 60 * 60 * 1000

export class Schedule {
  #timer: NodeJS.Timeout
  #running: Promise<unknown> = Promise.resolve()

  constructor(collect: () => Promise<unknown>, onFailure: (error: unknown) => void) {
    const run = () => {
      this.#running = collect().catch(onFailure)
      this.#timer = setTimeout(run, EVERY).unref()
    }
    this.#timer = setTimeout(run, FIRST).unref()
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#running
  }
}
